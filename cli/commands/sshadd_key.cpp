// The key that re sshadd brings along, and the answers that it gives.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include <libre/keys.hpp>
#include <libre/text.hpp>

#include "cli/commands/sshadd.hpp"

namespace cli {

using libre::Errc;
using libre::Error;
using libre::PublicKey;
using libre::Result;

bool asks_for_password(std::string_view prompt) {
  std::string text(prompt);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  while (text.ends_with(' ') || text.ends_with(':')) text.pop_back();
  // PAM asks "Password", or "(me@host) Password" since OpenSSH 8.7; what says more may be a code.
  return text == "password" || text.ends_with(") password") || text.ends_with("'s password") ||
         text.starts_with("password for ");
}

Result<std::string> LoginPrompter::secret(const std::string& prompt) {
  const bool password = asks_for_password(prompt);
  asked_ |= password;
  if (password && given_) {
    password_ = *given_;
    given_.reset();  // asked once more: it was wrong
    return password_;
  }
  auto answer = person_ ? person_->secret(prompt) : Prompter::secret(prompt);
  if (answer && password) password_ = *answer;
  return answer;
}

Result<std::string> LoginPrompter::line(const std::string& prompt) {
  return person_ ? person_->line(prompt) : Prompter::line(prompt);
}

Result<bool> LoginPrompter::confirm(const std::string& question) {
  if (accept_host_key_) return true;  // nothing else is asked so while one logs in
  return person_ ? person_->confirm(question) : Prompter::confirm(question);
}

namespace {

// Unlocks a key, and answers nothing else: the login must work without a password.
class PassphrasePrompter final : public libre::Prompter {
 public:
  explicit PassphrasePrompter(libre::Prompter& person) : person_(person) {}
  Result<std::string> secret(const std::string& prompt) override {
    return asks_for_password(prompt) || !prompt.starts_with("Passphrase") ? Prompter::secret(prompt)
                                                                          : person_.secret(prompt);
  }

 private:
  libre::Prompter& person_;
};

// A flag's word, else a person's; without either: no.
Result<bool> consent(Context& context, bool flag, const std::string& question) {
  if (flag) return true;
  if (!TerminalPrompter::available()) return false;
  return context.prompter.confirm(question);
}

Result<std::optional<PublicKey>> find_or_make(Context& context, const SshaddArgs& args,
                                              const libre::InstanceConfig& instance) {
  auto found = libre::find_public_key(instance);
  if (found) {
    LIBRE_TRY(
        const bool yes,
        consent(context, args.install_key,
                fmt::format("Put your public key {}.pub there, so that no password is needed?",
                            found->private_half.string())));
    return yes ? std::optional(std::move(*found)) : std::nullopt;
  }
  if (found.error().code != Errc::not_found) return std::move(found).error();
  LIBRE_TRY(const auto file, libre::key_file_for(instance));
  LIBRE_TRY(const bool yes,
            consent(context, args.make_key,
                    fmt::format("You have no key. Make one ({}, without a passphrase) and put its "
                                "public half there?",
                                file.string())));
  if (!yes && args.install_key) {
    Error error = std::move(found).error();
    error.hint = "re sshadd --make-key … makes one";
    return error;
  }
  if (!yes) return std::optional<PublicKey>();
  LIBRE_TRY(auto made, libre::make_key_pair(file));
  context.screen.talk(fmt::format("made the key {}", file.string()));
  return std::optional(std::move(made));
}

}  // namespace

Result<bool> bring_key(Context& context, const SshaddArgs& args,
                       const libre::InstanceConfig& instance, libre::Instance& reached) {
  if (args.no_key) return false;
  LIBRE_TRY(const auto key, find_or_make(context, args, instance));
  if (!key) return false;
  LIBRE_TRY(const auto install, reached.authorize(key->line));
  context.screen.talk(
      fmt::format("{} {}", install.file,
                  install.added ? "has your public key now" : "has your public key already"));
  if (!install.notice.empty()) context.screen.notice(libre::printable(install.notice));
  PassphrasePrompter prompter(context.prompter);
  auto options = context.connect_options();
  if (options.prompter) options.prompter = &prompter;
  libre::InstanceConfig by_key = instance;
  by_key.password.clear();
  auto again = libre::Instance::connect(by_key, options);
  if (again) {
    context.screen.talk("the login by key works");
    return true;
  }
  if (again.error().code == Errc::interrupted) return std::move(again).error();
  context.screen.notice(fmt::format("the login by key does not work yet: {}", again.error().cause));
  return false;
}

}  // namespace cli
