// What the contents of local files were when they were last read, so that unchanged ones are not read
// again. A file on disk, replaced as a whole; losing it costs only time.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "sync/core/bytes.hpp"
#include "sync/core/plan.hpp"

namespace libre::sync {

class HashMemory {
 public:
  // A missing or damaged file is an empty memory.
  static HashMemory load(const std::filesystem::path& file);
  Result<void> save(const std::filesystem::path& file) const;

  // Begins a new round of reading at `now_ns`, a time of the clock that file times come from. In a round
  // paths are asked for and remembered in ascending order: what comes out of order is not found.
  void begin(std::int64_t now_ns);

  // nullopt where the file is not as it was, or was written so late that a change right after we read
  // it could have left the same times (git calls such entries racy).
  std::optional<Digest> find(std::string_view path, const Stamp& stamp);
  // Right after find() of that path: was it known with the same size?
  bool had_size_of(std::string_view path, const Stamp& stamp) const {
    return line_ && line_->path == path && line_->stamp.size == stamp.size;
  }
  void remember(std::string_view path, const Stamp& stamp, const Digest& digest);
  // Only what was remembered since begin() goes on.
  void finish();
  // After finish(): is there anything that the file does not say?
  bool has_changed() const { return changed_; }

 private:
  struct Line {
    std::string_view path;
    Stamp stamp;
    Digest digest;
  };
  void advance();
  std::string lines_;         // as in the file, sorted by path: 60 bytes each instead of 120
  ByteWriter next_;           // those of the next file
  ByteReader rest_{{}};       // of lines_, behind …
  std::optional<Line> line_;  // … the one that is asked for next, most of the time
  std::int64_t written_ns_ = 0, next_written_ns_ = 0;
  bool missed_ = false;  // find() did not know one since begin()
  bool changed_ = false;
};

// Files of ours for one instance in a project's state directory; any name of it is fine: this memory,
// and the tree that its mirror was last brought to (tree_memory.hpp).
std::filesystem::path memory_file(const std::filesystem::path& state_directory,
                                  const std::string& instance);
std::filesystem::path tree_file(const std::filesystem::path& state_directory,
                                const std::string& instance);

}  // namespace libre::sync
