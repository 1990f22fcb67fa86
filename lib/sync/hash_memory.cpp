#include "sync/hash_memory.hpp"

#include <algorithm>

#include "base/files.hpp"
#include "base/stream.hpp"
#include "sync/core/bytes.hpp"

namespace libre::sync {
namespace {

constexpr std::string_view magic{"RHM1", 4};

// Some file systems keep whole seconds only (FAT two of them): a time without a fraction may stand
// for any moment in there.
std::int64_t latest_moment(std::int64_t time_ns) {
  constexpr std::int64_t second = 1'000'000'000;
  return time_ns % second == 0 ? time_ns + 2 * second : time_ns;
}

}  // namespace

HashMemory HashMemory::load(const std::filesystem::path& file) {
  HashMemory memory;
  const auto bytes = read_file(file, std::uint64_t{1} << 30);
  constexpr std::size_t checksum_size = 16;
  if (!bytes || bytes->size() < magic.size() + checksum_size) return memory;
  const auto content = std::string_view(*bytes).substr(0, bytes->size() - checksum_size);
  ByteReader checksum(std::string_view(*bytes).substr(content.size()));
  ByteReader in(content);
  if (checksum.digest() != digest_of(as_bytes(content)) || in.raw(magic.size()) != magic)
    return memory;
  memory.written_ns_ = in.signed_number();
  while (in.ok() && !in.at_end()) {
    Line line;
    line.path = in.text(max_path);
    line.stamp.size = in.number();
    line.stamp.mtime_ns = in.signed_number();
    line.stamp.ctime_ns = in.signed_number();
    line.stamp.inode = in.number();
    line.digest = in.digest();
    memory.lines_.push_back(std::move(line));
  }
  return memory;
}

Result<void> HashMemory::save(const std::filesystem::path& file) const {
  ByteWriter out;
  out.raw(magic);
  out.signed_number(written_ns_);
  for (const auto& line : lines_) {
    out.text(line.path);
    out.number(line.stamp.size);
    out.signed_number(line.stamp.mtime_ns);
    out.signed_number(line.stamp.ctime_ns);
    out.number(line.stamp.inode);
    out.digest(line.digest);
  }
  out.digest(digest_of(as_bytes(out.bytes())));
  return write_file_soon(file, out.bytes());
}

const HashMemory::Line* HashMemory::line_of(std::string_view path) {
  if (expected_ >= lines_.size() || lines_[expected_].path != path) {
    const auto found = std::ranges::lower_bound(lines_, path, {}, &Line::path);
    if (found == lines_.end() || found->path != path) return nullptr;
    expected_ = static_cast<std::size_t>(found - lines_.begin());
  }
  return &lines_[expected_++];
}

const Digest* HashMemory::find(std::string_view path, const Stamp& stamp) {
  const Line* line = line_of(path);
  if (!line || line->stamp != stamp) return nullptr;
  const auto touched = std::max(latest_moment(stamp.mtime_ns), latest_moment(stamp.ctime_ns));
  if (touched >= written_ns_) return nullptr;
  ++found_;
  return &line->digest;
}

void HashMemory::remember(const std::string& path, const Stamp& stamp, const Digest& digest) {
  next_.push_back({path, stamp, digest});
}

void HashMemory::finish() {
  changed_ = found_ != lines_.size() || found_ != next_.size();
  if (changed_) {
    lines_ = std::move(next_);
    std::ranges::sort(lines_, {}, &Line::path);
    written_ns_ = next_written_ns_;
  }
  next_.clear();
}

namespace {

std::string file_name(const std::string& instance) {
  std::string name;
  for (const char c : instance) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' ||
                       c == '@' || (c == '.' && !name.empty());
    name += plain ? c : '_';
  }
  // Two odd names must not share a file.
  if (name != instance || name.size() > 100)
    name = name.substr(0, 60) + "-" + digest_of(as_bytes(instance)).hex().substr(0, 16);
  return name;
}

}  // namespace

std::filesystem::path memory_file(const std::filesystem::path& state_directory,
                                  const std::string& instance) {
  return state_directory / ("memory-" + file_name(instance));
}

std::filesystem::path tree_file(const std::filesystem::path& state_directory,
                                const std::string& instance) {
  return state_directory / ("tree-" + file_name(instance));
}

}  // namespace libre::sync
