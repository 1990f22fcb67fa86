#include "sync/hash_memory.hpp"

#include <utility>

#include "base/files.hpp"
#include "base/new_file.hpp"
#include "base/stream.hpp"
#include "sync/file_times.hpp"

namespace libre::sync {
namespace {

constexpr std::string_view memory_magic{"RHM1", 4};

}  // namespace

HashMemory HashMemory::load(const std::filesystem::path& file) {
  HashMemory memory;
  auto bytes = read_file(file, std::uint64_t{1} << 30);
  constexpr std::size_t checksum_size = 16;
  if (!bytes || bytes->size() < memory_magic.size() + checksum_size) return memory;
  const auto content = std::string_view(*bytes).substr(0, bytes->size() - checksum_size);
  ByteReader checksum(std::string_view(*bytes).substr(content.size()));
  ByteReader in(content);
  if (checksum.digest() != digest_of(as_bytes(content)) ||
      in.raw(memory_magic.size()) != memory_magic)
    return memory;
  memory.written_ns_ = in.signed_number();
  const auto size = in.left();
  bytes->resize(content.size());  // in place: these are megabytes
  bytes->erase(0, content.size() - size);
  memory.lines_ = *std::move(bytes);
  return memory;
}

Result<void> HashMemory::save(const std::filesystem::path& file) const {
  ByteWriter head, end;
  head.raw(memory_magic);
  head.signed_number(written_ns_);
  Digester digester;
  digester.add(as_bytes(head.bytes()));
  digester.add(as_bytes(lines_));
  end.digest(digester.finish());
  LIBRE_TRY(auto fresh, NewFile::begin(file));
  for (const std::string_view piece : {head.bytes(), lines_, end.bytes()})
    LIBRE_CHECK(fresh.add(piece));
  return fresh.put_in_place(NewFile::Disk::soon);
}

void HashMemory::begin(std::int64_t now_ns) {
  next_written_ns_ = now_ns;
  missed_ = false;
  rest_ = ByteReader(lines_);
  next_.reserve(lines_.size());
  advance();
}

void HashMemory::advance() {
  Line line;
  line.path = rest_.text(max_path);
  line.stamp.size = rest_.number();
  line.stamp.mtime_ns = rest_.signed_number();
  line.stamp.ctime_ns = rest_.signed_number();
  line.stamp.inode = rest_.number();
  line.digest = rest_.digest();
  line_ = rest_.ok() ? std::optional(line) : std::nullopt;
}

std::optional<Digest> HashMemory::find(std::string_view path, const Stamp& stamp) {
  while (line_ && line_->path < path) advance();
  const bool is_known = line_ && line_->path == path && line_->stamp == stamp;
  if (is_known && is_settled(stamp, written_ns_)) return line_->digest;
  missed_ = true;
  return std::nullopt;
}

void HashMemory::remember(std::string_view path, const Stamp& stamp, const Digest& digest) {
  next_.text(path);
  next_.number(stamp.size);
  next_.signed_number(stamp.mtime_ns);
  next_.signed_number(stamp.ctime_ns);
  next_.number(stamp.inode);
  next_.digest(digest);
}

void HashMemory::finish() {
  auto next = std::exchange(next_, {}).take();
  line_.reset();
  changed_ = missed_ || next != lines_;
  if (!changed_) return;
  lines_ = std::move(next);
  written_ns_ = next_written_ns_;
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
