// Logging in: which methods are tried, in which order, and what is said when none works.
//
// Keys that need no question come first, then the agent, then keys with a passphrase, then what a
// person types. No round trip is spent on asking what the server accepts: the first refusal says it.
#include <fmt/format.h>
#include <string.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/files.hpp"
#include "base/text.hpp"
#include "transport/ssh/agent.hpp"
#include "transport/ssh/key_file.hpp"
#include "transport/ssh/session.hpp"

namespace libre::transport {
namespace fs = std::filesystem;
namespace {

constexpr int password_tries = 3;

struct KeyFile {
  fs::path path{};
  std::string text{};
  KeyFileFacts facts{};
};

using Key = std::unique_ptr<ssh_key_struct, decltype(&ssh_key_free)>;

void wipe(std::string& secret) { ::explicit_bzero(secret.data(), secret.size()); }

std::string method_names(int methods) {
  std::vector<std::string> names;
  for (const auto& [bit, name] : {std::pair{SSH_AUTH_METHOD_PUBLICKEY, "publickey"},
                                  {SSH_AUTH_METHOD_PASSWORD, "password"},
                                  {SSH_AUTH_METHOD_INTERACTIVE, "keyboard-interactive"},
                                  {SSH_AUTH_METHOD_HOSTBASED, "hostbased"},
                                  {SSH_AUTH_METHOD_GSSAPI_MIC, "gssapi-with-mic"}})
    if (methods & bit) names.push_back(name);
  return names.empty() ? "nothing more" : join(names, ", ");
}

class Authentication {
 public:
  Authentication(Session& session, const SshTarget& target, Connecting& connecting,
                 bool secrets_allowed)
      : session_(session),
        raw_(session.raw()),
        target_(target),
        connecting_(connecting),
        secrets_allowed_(secrets_allowed) {}

  Result<void> run() {
    load_key_files();
    LIBRE_CHECK(try_key_files(false, target_.explicit_identities));
    if (!accepted_) LIBRE_CHECK(try_agent());
    if (!accepted_) LIBRE_CHECK(try_key_files(false, true));
    if (!accepted_) LIBRE_CHECK(try_key_files(true, true));
    if (!accepted_) LIBRE_CHECK(learn_methods());
    if (!accepted_) show_banner();
    if (!accepted_ && secrets_allowed_) LIBRE_CHECK(try_secrets());
    if (!accepted_) return refusal();
    show_banner();
    return {};
  }

 private:
  bool may(int method) const { return offered_ < 0 || (offered_ & method) != 0; }

  // Takes the result of one attempt. True where the server accepted us.
  Result<bool> judge(Result<int> code, const std::string& label) {
    if (!code) return std::move(code).error().wrapped("cannot log in to " + session_.describe());
    if (*code == SSH_AUTH_SUCCESS) return accepted_ = true;
    if (std::ranges::find(tried_, label) == tried_.end()) tried_.push_back(label);
    if (*code == SSH_AUTH_PARTIAL) connecting_.say(label + " was accepted, the server wants more");
    if (session_.alive() && *code != SSH_AUTH_ERROR) offered_ = ssh_userauth_list(raw_, nullptr);
    if (!session_.alive() || ssh_get_error_code(raw_) == SSH_FATAL) return lost_connection();
    return false;
  }

  // "Too many authentication failures" comes as the end of the connection, with words. Without any the
  // line broke, and another attempt may do better.
  Error lost_connection() const {
    Error error = session_.failure("cannot log in to " + session_.describe());
    const char* said = ssh_get_disconnect_message(raw_);
    if (tried_.empty() || !said || *said == '\0') return error;
    error.code = Errc::auth;
    error.cause = fmt::format("the server ended the connection ({}) after: {}", error.cause,
                              join(tried_, "; "));
    error.hint =
        "name one key: identity_file in ~/.recompute.conf, or IdentityFile and IdentitiesOnly in "
        "~/.ssh/config";
    return error;
  }

  void load_key_files() {
    for (const auto& path : target_.identity_files) {
      KeyFile file{path};
      if (auto text = read_file(path, 1u << 20))
        file.text = std::move(*text);
      else if (target_.explicit_identities)
        missing_.push_back(path.string() + " (cannot be read)");
      file.facts = look_at_key_file(file.text);
      // The public half may lie beside the private one, or alone where the agent has the private one.
      if (file.facts.public_blob.empty()) file.facts.public_blob = public_blob_of_line(file.text);
      if (file.facts.public_blob.empty())
        if (const auto line = read_file(path.string() + ".pub", 1u << 16))
          file.facts.public_blob = public_blob_of_line(*line);
      struct stat status {};
      if (file.facts.is_private_key && ::stat(path.c_str(), &status) == 0 &&
          (status.st_mode & 077) != 0) {
        missing_.push_back(path.string() + " (others can read it; chmod 600 it)");
        file.facts.is_private_key = false;
      }
      files_.push_back(std::move(file));
    }
  }

  Result<void> try_key_files(bool encrypted, bool enabled) {
    if (!enabled) return {};
    for (auto& file : files_) {
      if (accepted_ || !may(SSH_AUTH_METHOD_PUBLICKEY)) return {};
      if (!file.facts.is_private_key || file.facts.encrypted != encrypted) continue;
      file.facts.is_private_key = false;  // once is enough
      LIBRE_CHECK(encrypted ? try_encrypted_key(file) : try_key(file));
      wipe(file.text);
    }
    return {};
  }

  Key load(const KeyFile& file, const char* passphrase) const {
    ssh_key key = nullptr;
    if (ssh_pki_import_privkey_base64(file.text.c_str(), passphrase, nullptr, nullptr, &key) !=
        SSH_OK)
      key = nullptr;
    return Key(key, &ssh_key_free);
  }

  Result<void> try_key(const KeyFile& file) {
    const Key key = load(file, nullptr);
    if (!key) {
      missing_.push_back(file.path.string() + " (no usable key)");
      return {};
    }
    return offer(file, key);
  }

  Result<void> offer(const KeyFile& file, const Key& key) {
    connecting_.say("trying the key " + file.path.string());
    return outcome(
        judge(session_.drive(SSH_AUTH_AGAIN, connecting_.step(),
                             [&] { return ssh_userauth_publickey(raw_, nullptr, key.get()); }),
              "public key " + file.path.string()));
  }

  static Result<void> outcome(Result<bool> judged) {
    if (!judged) return std::move(judged).error();
    return {};
  }

  // Nobody should type a passphrase for a key that the server would not take.
  Result<bool> is_wanted(const KeyFile& file) {
    if (file.facts.public_blob.empty()) return true;
    const std::string base64 = base64_encode(file.facts.public_blob);
    const auto size = static_cast<unsigned char>(file.facts.public_blob[3]);
    const std::string type = file.facts.public_blob.substr(4, size);
    ssh_key parsed = nullptr;
    if (ssh_pki_import_pubkey_base64(base64.c_str(), ssh_key_type_from_name(type.c_str()),
                                     &parsed) != SSH_OK)
      return true;
    const Key key(parsed, &ssh_key_free);
    auto code = session_.drive(SSH_AUTH_AGAIN, connecting_.step(), [&] {
      return ssh_userauth_try_publickey(raw_, nullptr, key.get());
    });
    if (code && *code == SSH_AUTH_SUCCESS) return true;
    LIBRE_CHECK(judge(std::move(code), "public key " + file.path.string()));
    return false;
  }

  Result<void> try_encrypted_key(const KeyFile& file) {
    LIBRE_TRY(const bool wanted, is_wanted(file));
    if (!wanted) return {};
    if (!connecting_.hooks.prompter) {
      missing_.push_back(file.path.string() + " (needs a passphrase, and nobody can be asked)");
      return {};
    }
    for (int attempt = 0; attempt < password_tries; ++attempt) {
      auto passphrase = connecting_.ask([&](Prompter& p) {
        return p.secret(fmt::format("Passphrase for {}: ", file.path.string()));
      });
      if (!passphrase && passphrase.error().code == Errc::interrupted)
        return std::move(passphrase).error();
      if (!passphrase) break;
      const Key key = load(file, passphrase->c_str());
      wipe(*passphrase);
      if (key) return offer(file, key);
    }
    missing_.push_back(file.path.string() + " (not unlocked)");
    return {};
  }

  Result<void> try_agent() {
    if (target_.identity_agent.empty() || !may(SSH_AUTH_METHOD_PUBLICKEY)) return {};
    AgentKeys keys;
    keys.only_wanted = target_.identities_only;
    for (const auto& file : files_)
      if (!file.facts.public_blob.empty()) keys.wanted.push_back(file.facts.public_blob);
    auto door = open_agent(target_.identity_agent, std::move(keys), connecting_.step());
    if (!door) {
      missing_.push_back("the agent (" + door.error().cause + ")");
      return {};
    }
    if (ssh_set_agent_socket(raw_, (*door)->take_socket()) != SSH_OK) return {};
    connecting_.say("trying the keys of the agent");
    auto code = session_.drive(SSH_AUTH_AGAIN, connecting_.step(),
                               [&] { return ssh_userauth_agent(raw_, nullptr); });
    return outcome(judge(std::move(code), "the agent's keys"));
  }

  // Where nothing was tried yet, only an attempt without any credentials tells what is accepted.
  Result<void> learn_methods() {
    if (offered_ >= 0) return {};
    auto code = session_.drive(SSH_AUTH_AGAIN, connecting_.step(),
                               [&] { return ssh_userauth_none(raw_, nullptr); });
    const auto judged = judge(std::move(code), "no credentials");
    std::erase(tried_, "no credentials");
    return outcome(judged);
  }

  Result<void> try_secrets() {
    std::string stored = target_.password;
    if (!stored.empty() && (offered_ & SSH_AUTH_METHOD_PASSWORD)) {
      LIBRE_TRY(const bool in, try_password(stored, "the stored password"));
      stored.clear();
      if (in) return {};
    }
    if (offered_ & SSH_AUTH_METHOD_INTERACTIVE) LIBRE_CHECK(try_interactive(stored));
    if (accepted_ || !connecting_.hooks.prompter) return {};
    for (int attempt = 0; attempt < password_tries && (offered_ & SSH_AUTH_METHOD_PASSWORD);
         ++attempt) {
      auto password = connecting_.ask([&](Prompter& p) {
        return p.secret(fmt::format("{}@{}'s password: ", target_.user, target_.host));
      });
      if (!password && password.error().code == Errc::interrupted)
        return std::move(password).error();
      if (!password) return {};
      LIBRE_TRY(const bool in, try_password(*password, "password"));
      if (in) return {};
    }
    return {};
  }

  Result<bool> try_password(std::string& password, const std::string& label) {
    auto code = session_.drive(SSH_AUTH_AGAIN, connecting_.step(), [&] {
      return ssh_userauth_password(raw_, nullptr, password.c_str());
    });
    wipe(password);
    return judge(std::move(code), label);
  }

  Result<void> try_interactive(std::string stored) {
    for (int attempt = 0; attempt < password_tries && (offered_ & SSH_AUTH_METHOD_INTERACTIVE);
         ++attempt) {
      if (stored.empty() && !connecting_.hooks.prompter) return {};
      bool answered = true;
      auto code = exchange_kbdint();
      while (code && *code == SSH_AUTH_INFO) {
        LIBRE_TRY(answered, answer_prompts(stored));
        if (!answered) return {};
        code = exchange_kbdint();
      }
      LIBRE_TRY(const bool in, judge(std::move(code), "keyboard-interactive"));
      if (in) return {};
    }
    return {};
  }

  Result<int> exchange_kbdint() {
    return session_.drive(SSH_AUTH_AGAIN, connecting_.step(),
                          [&] { return ssh_userauth_kbdint(raw_, nullptr, nullptr); });
  }

  // Answers one round of questions; false where somebody would have to be asked, and cannot be.
  Result<bool> answer_prompts(std::string& stored) {
    for (const char* text :
         {ssh_userauth_kbdint_getname(raw_), ssh_userauth_kbdint_getinstruction(raw_)})
      if (text && *text) connecting_.notice(printable(text));
    const int count = ssh_userauth_kbdint_getnprompts(raw_);
    for (int i = 0; i < count; ++i) {
      char echo = 0;
      const char* text = ssh_userauth_kbdint_getprompt(raw_, static_cast<unsigned>(i), &echo);
      const std::string prompt = printable(text ? text : "");
      std::string answer;
      if (!stored.empty() && count == 1 && !echo) {
        answer = std::exchange(stored, {});
      } else {
        if (!connecting_.hooks.prompter) return false;
        auto given =
            connecting_.ask([&](Prompter& p) { return echo ? p.line(prompt) : p.secret(prompt); });
        if (!given && given.error().code == Errc::interrupted) return std::move(given).error();
        if (!given) return false;
        answer = std::move(*given);
      }
      ssh_userauth_kbdint_setanswer(raw_, static_cast<unsigned>(i), answer.c_str());
      wipe(answer);
    }
    return true;
  }

  void show_banner() {
    char* text = banner_shown_ ? nullptr : ssh_get_issue_banner(raw_);
    if (!text) return;
    banner_shown_ = true;
    std::vector<std::string> lines;
    for (const auto& line : split_lines(text)) lines.push_back(printable(line));
    ssh_string_free_char(text);
    connecting_.notice(join(lines, "\n"));
  }

  Error refusal() const {
    std::vector<std::string> parts;
    if (!tried_.empty()) parts.push_back("refused: " + join(tried_, ", "));
    if (!missing_.empty()) parts.push_back("not usable: " + join(missing_, ", "));
    if (parts.empty()) parts.push_back("there was nothing to try");
    if (!secrets_allowed_)
      parts.push_back("no passwords are sent to a machine whose host key has changed");
    else if (!connecting_.hooks.prompter)
      parts.push_back("nobody could be asked for a password");
    parts.push_back("the server accepts " + method_names(std::max(offered_, 0)));
    const std::string port = target_.port == 22 ? "" : fmt::format("-p {} ", target_.port);
    return Error{
        Errc::auth, fmt::format("{} does not accept our login", session_.describe()),
        join(parts, "; "),
        fmt::format("put a key there: ssh-copy-id {}{}@{}", port, target_.user, target_.name)};
  }

  Session& session_;
  ssh_session raw_;
  const SshTarget& target_;
  Connecting& connecting_;
  bool secrets_allowed_;
  bool accepted_ = false;
  bool banner_shown_ = false;
  int offered_ = -1;  // what the server accepts, as it last said; -1 = it has not said yet
  std::vector<KeyFile> files_{};
  std::vector<std::string> tried_{}, missing_{};
};

}  // namespace

Result<void> authenticate(Session& session, const SshTarget& target, Connecting& connecting,
                          bool secrets_allowed) {
  return Authentication(session, target, connecting, secrets_allowed).run();
}

}  // namespace libre::transport
