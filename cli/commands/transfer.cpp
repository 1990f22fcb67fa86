#include "cli/commands/transfer.hpp"

#include <fmt/format.h>

#include <sstream>

#include <libre/text.hpp>

namespace cli {

libre::Result<TransferWords> transfer_words(const std::vector<std::string>& words, bool exists,
                                            const std::string& fallback) {
  using libre::Errc;
  using libre::Error;
  std::vector<std::string> all = words;
  if (words.size() == 1 && !exists && words[0].find(' ') != std::string::npos) {
    std::istringstream stream(words[0]);
    all.clear();
    for (std::string word; stream >> word;) all.push_back(word);
    if (all.size() > 2)
      return Error{
          Errc::usage,
          fmt::format("\"{}\" is more than a source and a destination", libre::printable(words[0])),
          {},
          "give several as words of their own: SOURCE… DESTINATION"};
  }
  for (const auto& word : all)
    if (word.empty())
      return Error{Errc::usage, "an empty name means no file", {}, "SOURCE… DESTINATION"};
  if (all.empty()) return Error{Errc::usage, "there is no file named", {}, "SOURCE… [DESTINATION]"};
  if (all.size() == 1) return TransferWords{all, fallback};
  TransferWords result{{all.begin(), all.end() - 1}, all.back()};
  return result;
}

libre::Result<std::filesystem::path> working_directory() {
  std::error_code failure;
  auto directory = std::filesystem::current_path(failure);
  if (failure)
    return libre::system_error("the directory that re was started in cannot be used",
                               failure.value());
  return directory;
}

std::string source_from(const std::filesystem::path& directory, const std::string& source) {
  std::string text = (directory / source).string();
  if (text.ends_with("/.")) text.pop_back();
  return text;
}

}  // namespace cli
