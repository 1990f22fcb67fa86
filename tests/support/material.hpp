// Files that a test lays out. What cannot be written or read throws.
#pragma once
#include <filesystem>
#include <string>

namespace libre::testing {

// Replaces it atomically; `mode` whatever the umask.
void put(const std::filesystem::path& path, const std::string& content, unsigned mode = 0644);
std::string content_of(const std::filesystem::path& path);

}  // namespace libre::testing
