// What addresses of data mean: names, digests, archives. Pure.
#pragma once
#include <string>
#include <vector>

#include <libre/result.hpp>

namespace libre::deps {

struct DataFile {
  std::string url{};     // without the fragment
  std::string name{};    // in data/
  std::string sha256{};  // 64 lower-case digits, "" where none was given
};

// Errc::usage for what is no http, https or ftp address, has a password in it, ends in no name that a file can
// have, names a digest that is none, or gives two files one name.
Result<std::vector<DataFile>> plan_data(const std::vector<std::string>& urls);

enum class Archive { none, tar, zip, gz, bz2, xz, zst };
// By the end of its name.
Archive archive_of(const std::string& name);
// The name without that end: "corpus" of "corpus.tar.gz".
std::string unpacked_name(const std::string& name);

}  // namespace libre::deps
