#include "sync/pull_memory.hpp"

#include "base/files.hpp"
#include "base/stream.hpp"
#include "sync/core/bytes.hpp"
#include "sync/file_times.hpp"

namespace libre::sync {
namespace {

constexpr std::string_view pull_magic{"RPM1", 4};
constexpr std::size_t pull_checksum_size = 16;
constexpr std::int64_t kept_days = 90;

std::int64_t today() { return file_clock_ns() / (std::int64_t{86'400} * 1'000'000'000); }

void write_pulled(ByteWriter& out, const Pulled& pulled) {
  out.digest(pulled.content);
  out.number(pulled.here.size);
  out.signed_number(pulled.here.mtime_ns);
  out.signed_number(pulled.here.ctime_ns);
  out.number(pulled.here.inode);
  out.digest(pulled.there);
  out.byte(pulled.settled ? 1 : 0);
  out.signed_number(pulled.day);
}

Pulled read_pulled(ByteReader& in) {
  Pulled pulled{.content = in.digest()};
  pulled.here.size = in.number();
  pulled.here.mtime_ns = in.signed_number();
  pulled.here.ctime_ns = in.signed_number();
  pulled.here.inode = in.number();
  pulled.there = in.digest();
  pulled.settled = in.byte() == 1;
  pulled.day = in.signed_number();
  return pulled;
}

}  // namespace

PullMemory PullMemory::load(const std::filesystem::path& file) {
  PullMemory memory;
  const auto bytes = read_file(file, std::uint64_t{1} << 30);
  if (!bytes || bytes->size() < pull_magic.size() + pull_checksum_size) return memory;
  const auto content = std::string_view(*bytes).substr(0, bytes->size() - pull_checksum_size);
  ByteReader checksum(std::string_view(*bytes).substr(content.size()));
  ByteReader in(content);
  if (checksum.digest() != digest_of(as_bytes(content)) || in.raw(pull_magic.size()) != pull_magic)
    return memory;
  while (in.ok() && !in.at_end()) {
    std::string path(in.text(2 * std::size_t{4096}));
    const auto pulled = read_pulled(in);
    if (in.ok()) memory.files_.emplace_hint(memory.files_.end(), std::move(path), pulled);
  }
  return memory;
}

Result<void> PullMemory::save(const std::filesystem::path& file) const {
  ByteWriter out;
  out.raw(pull_magic);
  const auto oldest = today() - kept_days;
  for (const auto& [path, pulled] : files_) {
    if (pulled.day < oldest) continue;
    out.text(path);
    write_pulled(out, pulled);
  }
  out.digest(digest_of(as_bytes(out.bytes())));
  return write_file_soon(file, out.bytes());
}

const Pulled* PullMemory::find(const std::string& path) {
  const auto known = files_.find(path);
  if (known == files_.end()) return nullptr;
  if (const auto day = today(); known->second.day != day) {
    known->second.day = day;
    changed_ = true;
  }
  return &known->second;
}

void PullMemory::note(const std::string& path, Pulled pulled) {
  pulled.day = today();
  auto& known = files_[path];
  changed_ = changed_ || known != pulled;
  known = pulled;
}

}  // namespace libre::sync
