// What `re push` and `re pull` mean by their words.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include <libre/result.hpp>

namespace cli {

struct TransferWords {
  std::vector<std::string> sources{};
  std::string destination{};
};

// The original takes one quoted string, "source destination", split on spaces; proper words are
// "source… destination". One word alone goes to `fallback`. A single word with a space is the
// original's form unless `exists`, that is, a file of this very name is there. Pure.
libre::Result<TransferWords> transfer_words(const std::vector<std::string>& words, bool exists,
                                            const std::string& fallback);

// The working directory, which is where names on this machine are looked up.
libre::Result<std::filesystem::path> working_directory();

// `source`, as it was typed in `directory`, as an absolute path; what its end says ("x/", ".", "x/.":
// what is in it, not itself) stays said. Pure.
std::string source_from(const std::filesystem::path& directory, const std::string& source);

}  // namespace cli
