#include <libre/observer.hpp>

namespace libre {

namespace {
Error nobody_to_ask(const std::string& question) {
  return {Errc::usage, "a question came up, and there is nobody to ask", question,
          "run it on a terminal, or give the answer as an option"};
}
}  // namespace

Result<std::string> Prompter::secret(const std::string& prompt) { return nobody_to_ask(prompt); }
Result<std::string> Prompter::line(const std::string& prompt) { return nobody_to_ask(prompt); }
Result<bool> Prompter::confirm(const std::string& question) { return nobody_to_ask(question); }

}  // namespace libre
