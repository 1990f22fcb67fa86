// How a login is tried by re sshadd: who answers the server's questions, and what may be stored.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "cli/context.hpp"

namespace cli {

struct SshaddArgs {
  std::vector<std::string> words{};
  std::string name{}, identity{}, jump{};
  std::optional<std::int64_t> port{};
  bool install_key = false, no_key = false, make_key = false, make_default = false;
  bool accept_host_key = false, password_stdin = false, store_password = false;
};

// True for the question for an account's password; false for passphrases, one-time codes, and all
// that is not known, since an answer that is good only once must not be stored. Pure.
bool asks_for_password(std::string_view prompt);

// Answers from flags what they answer, and passes the rest on to a person, where one is there.
class LoginPrompter final : public libre::Prompter {
 public:
  LoginPrompter(libre::Prompter* person, bool accept_host_key, std::optional<std::string> password)
      : person_(person), accept_host_key_(accept_host_key), given_(std::move(password)) {}
  libre::Result<std::string> secret(const std::string& prompt) override;
  libre::Result<std::string> line(const std::string& prompt) override;
  libre::Result<bool> confirm(const std::string& question) override;

  bool asked() const { return asked_; }                      // for the account's password
  const std::string& password() const { return password_; }  // the last one that was given

 private:
  libre::Prompter* person_;
  bool accept_host_key_, asked_ = false;
  std::optional<std::string> given_;
  std::string password_;
};

// After a login by password: puts a public key there, made first where there is none, each with a
// person's or a flag's consent, and logs in by it. True where that worked: then no password is needed.
libre::Result<bool> bring_key(Context& context, const SshaddArgs& args,
                              const libre::InstanceConfig& instance, libre::Instance& reached);

}  // namespace cli
