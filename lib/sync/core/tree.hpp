// A tree as a value: what is in a directory, without its bytes. Pure.
//
// Paths are raw bytes relative to the root, '/' between components. A Tree holds files, symlinks and
// those directories that matter by themselves (empty ones); every other directory is implied by what
// lies in it.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <libre/result.hpp>

#include "base/digest.hpp"
#include "sync/core/bytes.hpp"
#include "sync/core/shared_text.hpp"

namespace libre::sync {

enum class EntryKind : std::uint8_t {
  file = 1,
  directory = 2,
  symlink = 3,
  unknown = 4,  // it is there, but could not be read: what the other side has at and below it stays
};

struct Entry {
  SharedText path{};
  EntryKind kind = EntryKind::file;
  bool executable = false;    // files
  std::uint64_t size = 0;     // files
  std::int64_t mtime_ns = 0;  // files; since 1970
  SharedText target{};        // symlinks: raw bytes
  Digest digest{};            // files, where it is known: of the content
  bool operator==(const Entry&) const = default;
};

// Names a content, wherever it lies.
struct ContentId {
  Digest digest{};
  std::uint64_t size = 0;
  auto operator<=>(const ContentId&) const = default;
};
inline ContentId content_of(const Entry& file) { return {file.digest, file.size}; }
// A content that several files want travels once. Smaller ones come sooner than they are copied.
inline constexpr std::uint64_t smallest_shared = 1024;

inline constexpr std::size_t max_path = 4095;
inline constexpr std::size_t max_component = 255;
inline constexpr std::size_t max_tree_bytes = 512u << 20;  // encoded

// Relative, no empty, "." or ".." component, no NUL, not too long.
bool is_valid_path(std::string_view path);

// Parent of "a/b" is "a"; of "a" it is "".
std::string_view parent_of(std::string_view path);
std::string_view name_in(std::string_view path);                   // the last component
bool is_below(std::string_view path, std::string_view directory);  // "a/b" is below "a"; "a" is not

class Tree {
 public:
  Tree() = default;

  // Sorts by path. Errc::protocol for an invalid or doubled path, a bad symlink target, or something
  // that lies in what is no directory.
  static Result<Tree> make(std::vector<Entry> entries);

  const std::vector<Entry>& entries() const { return entries_; }
  const Entry* find(std::string_view path) const;
  std::optional<std::size_t> index_of(std::string_view path) const;
  std::size_t size() const { return entries_.size(); }
  const Entry& operator[](std::size_t index) const { return entries_[index]; }
  bool operator==(const Tree&) const = default;

 private:
  std::vector<Entry> entries_;
};

// Binary, with shared prefixes of paths left out. decode() accepts nothing that make() would not.
std::string encode(const Tree& tree);
// The same in pieces: 40 bytes for each file, which need not be in memory at once.
void write_tree(const Tree& tree, const std::function<void(std::string_view)>& sink);
Result<Tree> decode_tree(std::string_view bytes);

}  // namespace libre::sync
