#include "sync/journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/files.hpp"
#include "base/new_file.hpp"
#include "base/stream.hpp"
#include "sync/core/bytes.hpp"
#include "sync/rooted.hpp"

namespace libre::sync {
namespace {

constexpr std::string_view journal_magic{"REM1", 4};
constexpr std::size_t header_size = 12;
constexpr std::size_t max_record = 16 * 1024;
enum class Op : std::uint8_t { put = 1, forget = 2 };

void write_stamp(ByteWriter& out, const Stamp& stamp) {
  out.number(stamp.size);
  out.signed_number(stamp.mtime_ns);
  out.signed_number(stamp.ctime_ns);
  out.number(stamp.inode);
}

Stamp read_stamp(ByteReader& in) {
  Stamp stamp;
  stamp.size = in.number();
  stamp.mtime_ns = in.signed_number();
  stamp.ctime_ns = in.signed_number();
  stamp.inode = in.number();
  return stamp;
}

std::string put_record(std::string_view path, const Placed& placed) {
  ByteWriter out;
  out.byte(static_cast<std::uint8_t>(Op::put));
  out.text(path);
  out.byte(static_cast<std::uint8_t>(placed.kind));
  out.byte(static_cast<std::uint8_t>((placed.by_push ? 1 : 0) | (placed.only_pending ? 2 : 0) |
                                     (placed.pending ? 4 : 0)));
  out.number(placed.size);
  out.digest(placed.digest);
  out.text(placed.target);
  write_stamp(out, placed.stamp);
  if (placed.pending) {
    out.digest(*placed.pending);
    out.number(placed.pending_size);
  }
  return out.take();
}

std::string forget_record(std::string_view path) {
  ByteWriter out;
  out.byte(static_cast<std::uint8_t>(Op::forget));
  out.text(path);
  return out.take();
}

bool apply_record(std::string_view payload, Manifest& manifest) {
  ByteReader in(payload);
  const auto op = static_cast<Op>(in.byte());
  const SharedText path = in.text(max_path);
  if (!in.ok() || !is_valid_path(path)) return false;
  if (op == Op::forget) {
    manifest.erase(path);
    return true;
  }
  if (op != Op::put) return false;
  Placed placed;
  placed.kind = static_cast<EntryKind>(in.byte());
  const auto flags = in.byte();
  placed.by_push = (flags & 1) != 0;
  placed.only_pending = (flags & 2) != 0;
  placed.size = in.number();
  placed.digest = in.digest();
  placed.target = in.text(max_path);
  placed.stamp = read_stamp(in);
  if (flags & 4) {
    placed.pending = in.digest();
    placed.pending_size = in.number();
  }
  if (!in.ok()) return false;
  manifest.put(path, std::move(placed));
  return true;
}

void append_record(std::string& out, std::string_view payload) {
  for (unsigned shift = 0; shift < 32; shift += 8)
    out.push_back(static_cast<char>(payload.size() >> shift & 0xFF));
  const auto checksum = digest_of(as_bytes(payload));
  for (unsigned i = 0; i < 8; ++i) out.push_back(static_cast<char>(checksum.bytes[i]));
  out += payload;
}

struct Loaded {
  Manifest manifest{};
  std::size_t records = 0;
  std::size_t good = 0;  // bytes up to the end of the last whole record
};

Loaded parse(std::string_view bytes) {
  Loaded loaded;
  if (!bytes.starts_with(journal_magic)) return loaded;
  loaded.good = journal_magic.size();
  for (auto rest = bytes.substr(journal_magic.size()); rest.size() >= header_size;) {
    std::size_t size = 0;
    for (unsigned i = 0; i < 4; ++i)
      size |= std::size_t{static_cast<unsigned char>(rest[i])} << (8 * i);
    if (size > max_record || size > rest.size() - header_size) break;
    const auto payload = rest.substr(header_size, size);
    const auto checksum = digest_of(as_bytes(payload));
    const auto is_written = [](char written, std::uint8_t byte) {
      return static_cast<std::uint8_t>(written) == byte;
    };
    if (!std::equal(rest.begin() + 4, rest.begin() + header_size, checksum.bytes.begin(),
                    is_written))
      break;
    if (!apply_record(payload, loaded.manifest)) break;
    ++loaded.records;
    loaded.good += header_size + size;
    rest.remove_prefix(header_size + size);
  }
  return loaded;
}

Result<std::string> read_if_there(const std::filesystem::path& file) {
  auto bytes = read_file(file, std::uint64_t{4} << 30);
  if (!bytes && bytes.error().code == Errc::not_found) return std::string();
  return bytes;
}

}  // namespace

Result<Manifest> Journal::load(const std::filesystem::path& directory) {
  LIBRE_TRY(const auto bytes, read_if_there(directory / "journal"));
  return parse(bytes).manifest;
}

Result<Journal> Journal::open(const std::filesystem::path& directory) {
  LIBRE_CHECK(make_directories(directory, 0700));
  const auto file = directory / "journal";
  LIBRE_TRY(const auto bytes, read_if_there(file));
  auto loaded = parse(bytes);
  Fd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!fd) return system_error("cannot open " + file.string(), errno);
  if (loaded.good < bytes.size() && ::ftruncate(fd.get(), static_cast<off_t>(loaded.good)) != 0)
    return system_error("cannot repair " + file.string(), errno);
  Journal journal(file, std::move(fd));
  journal.manifest_ = std::move(loaded.manifest);
  journal.records_ = loaded.records;
  journal.good_ = loaded.good;
  if (loaded.good == 0) journal.buffer_ = journal_magic;
  journal.stamp_ = stamp_of(file);
  return journal;
}

const Placed* Journal::find(std::string_view path) const {
  const auto found = manifest_.find(path);
  return found == manifest_.end() ? nullptr : &found->second;
}

Result<void> Journal::append(std::string_view payload) {
  ++version_;
  append_record(buffer_, payload);
  ++records_;
  return buffer_.size() > 64 * 1024 ? flush() : Result<void>();
}

Result<void> Journal::put(const SharedText& path, Placed placed) {
  const auto record = put_record(path, placed);
  manifest_.put(path, std::move(placed));
  return append(record);
}

Result<void> Journal::forget(std::string_view path) {
  const auto known = manifest_.find(path);
  if (known == manifest_.end()) return {};
  auto record = forget_record(path);
  manifest_.erase(known);
  return append(record);
}

Result<void> Journal::flush() {
  if (broken_) return *broken_;
  if (buffer_.empty()) return {};
  if (auto written = write_all(fd_.get(), buffer_); !written) {
    auto error = std::move(written).error().wrapped("cannot write " + file_.string());
    if (::ftruncate(fd_.get(), static_cast<off_t>(good_)) != 0) broken_ = error;
    return error;
  }
  good_ += buffer_.size();
  buffer_.clear();
  stamp_ = stamp_of(file_);
  return {};
}

Result<void> Journal::compact() {
  if (records_ < 2 * manifest_.size() + 1000) return flush();
  LIBRE_TRY(auto fresh, NewFile::begin(file_));
  std::string piece(journal_magic);
  std::uint64_t size = piece.size();
  LIBRE_CHECK(fresh.add(piece));
  for (const auto& [path, placed] : manifest_) {
    piece.clear();
    append_record(piece, put_record(path, placed));
    size += piece.size();
    LIBRE_CHECK(fresh.add(piece));
  }
  LIBRE_CHECK(fresh.put_in_place(NewFile::Disk::now));
  buffer_.clear();
  records_ = manifest_.size();
  good_ = size;
  broken_.reset();
  fd_ = Fd(::open(file_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  if (!fd_) return system_error("cannot open " + file_.string(), errno);
  stamp_ = stamp_of(file_);
  return {};
}

bool Journal::is_current() const {
  return buffer_.empty() && !broken_ && stamp_ && stamp_->size == good_ &&
         stamp_of(file_) == stamp_;
}

std::optional<Stamp> stamp_of(const std::filesystem::path& file) {
  struct ::stat status {};
  if (::stat(file.c_str(), &status) != 0) return std::nullopt;
  return stamp_of(status);
}

}  // namespace libre::sync
