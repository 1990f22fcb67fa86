// What the contents of local files were when they were last read, so that unchanged ones are not read
// again. A file on disk, replaced as a whole; losing it costs only time.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "sync/core/plan.hpp"

namespace libre::sync {

class HashMemory {
 public:
  // A missing or damaged file is an empty memory.
  static HashMemory load(const std::filesystem::path& file);
  Result<void> save(const std::filesystem::path& file) const;

  // Begins a new round of reading at `now_ns`, a time of the clock that file times come from.
  void begin(std::int64_t now_ns) {
    next_written_ns_ = now_ns;
    found_ = expected_ = 0;
  }

  // nullptr where the file is not as it was, or was written so late that a change right after we read
  // it could have left the same times (git calls such entries racy).
  const Digest* find(std::string_view path, const Stamp& stamp);
  void remember(const std::string& path, const Stamp& stamp, const Digest& digest);
  // Only what was remembered since begin() goes on.
  void finish();
  // After finish(): is there anything that the file does not say?
  bool has_changed() const { return changed_; }

 private:
  struct Line {
    std::string path;
    Stamp stamp;
    Digest digest;
  };
  const Line* line_of(std::string_view path);
  std::vector<Line> lines_, next_;  // lines_ are sorted by path
  std::size_t expected_ = 0;        // the line that is asked for next, most of the time
  std::int64_t written_ns_ = 0, next_written_ns_ = 0;
  std::size_t found_ = 0;  // lines that find() gave out since begin()
  bool changed_ = false;
};

// Files of ours for one instance in a project's state directory; any name of it is fine: this memory,
// and the tree that its mirror was last brought to (tree_memory.hpp).
std::filesystem::path memory_file(const std::filesystem::path& state_directory,
                                  const std::string& instance);
std::filesystem::path tree_file(const std::filesystem::path& state_directory,
                                const std::string& instance);

}  // namespace libre::sync
