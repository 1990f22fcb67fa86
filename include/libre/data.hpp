// Data that an instance fetches by itself: `re data`.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace libre {

struct DataRequest {
  // http, https or ftp; a fragment is for us: "…/corpus.tar.gz#sha256=…", "…/download#name=corpus.tar.gz".
  std::vector<std::string> urls{};
  std::uint64_t parallel = 4;  // how many at once
  bool unpack = false;         // tar (gz, bz2, xz, zst), zip, gz and zst, when they have come
  bool force = false;          // fetch anew what is there already
};

}  // namespace libre
