// What was pulled: which bytes each file held, and how it could be told that nobody has touched it since, here and
// over there. A file on disk, replaced as a whole; losing it costs only time.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "sync/core/plan.hpp"

namespace libre::sync {

struct Pulled {
  Digest content{};
  Stamp here{};          // of the file on this machine, when it held that content
  Digest there{};        // of the stamp of the original (Listing::tree); all zero = not known
  bool settled = false;  // `here` would be another one after any change (file_times.hpp)
  std::int64_t day = 0;  // since 1970, when it was last of use
  bool operator==(const Pulled&) const = default;
};

class PullMemory {
 public:
  // A missing or damaged file is an empty memory.
  static PullMemory load(const std::filesystem::path& file);
  // Leaves out what was of no use for 90 days.
  Result<void> save(const std::filesystem::path& file) const;

  // By the absolute path of the file here.
  const Pulled* find(const std::string& path);
  void note(const std::string& path, Pulled pulled);
  bool has_changed() const { return changed_; }

 private:
  std::map<std::string, Pulled, std::less<>> files_;
  bool changed_ = false;
};

}  // namespace libre::sync
