#include "support/material.hpp"

#include <stdexcept>

#include "base/files.hpp"

namespace libre::testing {
namespace fs = std::filesystem;

void put(const fs::path& path, const std::string& content, unsigned mode) {
  if (auto written = write_file_atomic(path, content, mode); !written)
    throw std::runtime_error(written.error().describe());
  fs::permissions(path, fs::perms(mode));
}

std::string content_of(const fs::path& path) {
  auto text = read_file(path);
  if (!text) throw std::runtime_error(text.error().describe());
  return *text;
}

}  // namespace libre::testing
