// Fetches files into data/: what the job of `re data` runs, as `re-agent download`.
//
// With curl, wget or python3, whichever is there. A file grows as ".NAME.part" and gets its name when it is whole
// and what its digest says, so what stands in data/ can be relied on; what broke off goes on where it was, also
// in a later job, as long as the server still has the same version.
#pragma once
#include <filesystem>

#include "deps/data/plan.hpp"

namespace libre::deps {

struct DownloadOptions {
  std::vector<DataFile> files{};
  std::filesystem::path directory{};  // made where missing
  std::size_t parallel = 4;
  bool unpack = false, force = false;
};

// Tells of each file on stdout: what is there every few seconds, and what became of it. INT and TERM end it, and
// leave the parts. 0 where all files are there, 1 where one is not.
int download(const DownloadOptions& options);

}  // namespace libre::deps
