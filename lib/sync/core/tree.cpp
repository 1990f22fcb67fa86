#include "sync/core/tree.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "sync/core/bytes.hpp"

namespace libre::sync {
namespace {

constexpr std::string_view magic{"RT1\n", 4};

Error bad(std::string message) { return Error{Errc::protocol, std::move(message)}; }

Result<void> check_entry(const Entry& entry) {
  if (!is_valid_path(entry.path))
    return bad("a list of files has the path \"" + printable(entry.path) + "\"");
  if (entry.kind < EntryKind::file || entry.kind > EntryKind::unknown)
    return bad("a list of files has an entry of no known kind");
  const auto target = entry.target.view();
  if (entry.kind == EntryKind::symlink &&
      (target.empty() || target.size() > max_path || target.find('\0') != std::string::npos))
    return bad("the symbolic link \"" + printable(entry.path) + "\" has an impossible target");
  return {};
}

bool before(const Entry& entry, std::string_view path) { return entry.path < path; }

std::size_t shared_prefix(std::string_view a, std::string_view b) {
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first -
                                  a.begin());
}

void write_entry(ByteWriter& out, const Entry& entry, std::string_view previous) {
  out.byte(
      static_cast<std::uint8_t>(static_cast<unsigned>(entry.kind) | (entry.executable ? 8u : 0u)));
  const auto shared = shared_prefix(previous, entry.path);
  out.number(shared);
  out.text(entry.path.view().substr(shared));
  if (entry.kind == EntryKind::file) {
    out.number(entry.size);
    out.signed_number(entry.mtime_ns);
    out.digest(entry.digest);
  }
  if (entry.kind == EntryKind::symlink) out.text(entry.target);
}

// `path` is that of the entry before, and then of this one.
Result<Entry> read_entry(ByteReader& in, std::string& path) {
  Entry entry;
  const auto flags = in.byte();
  entry.kind = static_cast<EntryKind>(flags & 7);
  entry.executable = (flags & 8) != 0;
  const auto shared = in.number();
  if (flags > 15 || shared > path.size()) return bad("a list of files is damaged");
  path.resize(static_cast<std::size_t>(shared));
  path += in.text(max_path);
  if (path.size() > max_path) return bad("a list of files is damaged");
  entry.path = path;
  if (entry.kind == EntryKind::file) {
    entry.size = in.number();
    entry.mtime_ns = in.signed_number();
    entry.digest = in.digest();
  }
  if (entry.kind == EntryKind::symlink) entry.target = in.text(max_path);
  if (!in.ok()) return bad("a list of files is cut short");
  return entry;
}

}  // namespace

bool is_valid_path(std::string_view path) {
  if (path.empty() || path.size() > max_path || path.find('\0') != std::string_view::npos)
    return false;
  for (;;) {
    const auto slash = path.find('/');
    const auto component = path.substr(0, slash);
    if (component.empty() || component == "." || component == ".." ||
        component.size() > max_component)
      return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

std::string_view parent_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

std::string_view name_in(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_below(std::string_view path, std::string_view directory) {
  return path.size() > directory.size() && path.starts_with(directory) &&
         path[directory.size()] == '/';
}

Result<Tree> Tree::make(std::vector<Entry> entries) {
  for (const auto& entry : entries) LIBRE_CHECK(check_entry(entry));
  const auto by_path = [](const Entry& a, const Entry& b) { return a.path < b.path; };
  if (!std::is_sorted(entries.begin(), entries.end(), by_path))
    std::sort(entries.begin(), entries.end(), by_path);
  Tree tree;
  tree.entries_ = std::move(entries);
  std::string_view previous;
  for (const auto& entry : tree.entries_) {
    if (entry.path == previous)
      return bad("a list of files names \"" + printable(entry.path) + "\" twice");
    // Only the directories that the previous path does not share can be new offenders.
    for (auto parent = parent_of(entry.path); !parent.empty(); parent = parent_of(parent)) {
      if (is_below(previous, parent)) break;
      const Entry* above = tree.find(parent);
      if (above && above->kind != EntryKind::directory)
        return bad("a list of files has \"" + printable(entry.path) +
                   "\" inside what is no directory");
    }
    previous = entry.path;
  }
  return tree;
}

const Entry* Tree::find(std::string_view path) const {
  const auto found = std::lower_bound(entries_.begin(), entries_.end(), path, before);
  return found != entries_.end() && found->path == path ? &*found : nullptr;
}

std::optional<std::size_t> Tree::index_of(std::string_view path) const {
  const Entry* entry = find(path);
  if (!entry) return std::nullopt;
  return static_cast<std::size_t>(entry - entries_.data());
}

void write_tree(const Tree& tree, const std::function<void(std::string_view)>& sink) {
  constexpr std::size_t piece = 64 * 1024;
  ByteWriter out;
  out.raw(magic);
  out.number(tree.size());
  std::string_view previous;
  for (const auto& entry : tree.entries()) {
    write_entry(out, entry, previous);
    previous = entry.path;
    if (out.bytes().size() < piece) continue;
    sink(out.bytes());
    out.clear();
  }
  sink(out.bytes());
}

std::string encode(const Tree& tree) {
  constexpr std::size_t usual_entry = 40;
  std::string bytes;
  bytes.reserve(tree.size() * usual_entry);
  write_tree(tree, [&bytes](std::string_view piece) { bytes += piece; });
  return bytes;
}

Result<Tree> decode_tree(std::string_view bytes) {
  if (bytes.size() > max_tree_bytes) return bad("a list of files is too long");
  ByteReader in(bytes);
  if (in.raw(magic.size()) != magic) return bad("this is no list of files");
  const auto count = in.number();
  // Bytes of an entry, and of a file, as most are: so a lie about the count costs little memory.
  constexpr std::size_t smallest = 4, smallest_file = 24;
  if (!in.ok() || count > in.left() / smallest + 1) return bad("a list of files is cut short");
  std::vector<Entry> entries;
  entries.reserve(
      static_cast<std::size_t>(std::min<std::uint64_t>(count, in.left() / smallest_file + 1)));
  std::string path;
  for (std::uint64_t i = 0; i < count; ++i) {
    LIBRE_TRY(auto entry, read_entry(in, path));
    entries.push_back(std::move(entry));
  }
  if (!in.at_end()) return bad("a list of files goes on after its end");
  return Tree::make(std::move(entries));
}

}  // namespace libre::sync
