#include "sync/staging.hpp"

#include <unistd.h>

#include <cerrno>

#include "base/files.hpp"
#include "base/stream.hpp"

namespace libre::sync {
namespace {

std::string in_staging(const std::string& name) { return std::string(staging_directory) + "/" + name; }

}  // namespace

bool is_staging_path(std::string_view path) {
  return path == staging_directory || is_below(path, staging_directory);
}

Result<Incoming> Incoming::open(Rooted& root, const std::string& name) {
  const auto path = in_staging(name);
  auto fd = root.open_for_append(path);
  if (!fd && fd.error().code == Errc::not_found) {
    LIBRE_CHECK(root.make_directory(staging_directory));
    fd = root.open_for_append(path);
  }
  if (!fd) return fd.error();
  Incoming incoming(root, path, std::move(*fd));
  std::vector<std::byte> buffer(64 * 1024);
  for (;;) {
    const ssize_t got = ::pread(incoming.fd_.get(), buffer.data(), buffer.size(), static_cast<off_t>(incoming.size_));
    if (got < 0) return system_error("cannot read " + root.shown(path), errno);
    if (got == 0) return incoming;
    incoming.digester_.add(std::span(buffer.data(), static_cast<std::size_t>(got)));
    incoming.size_ += static_cast<std::uint64_t>(got);
  }
}

Result<void> Incoming::restart() {
  if (::ftruncate(fd_.get(), 0) != 0) return system_error("cannot empty " + root_->shown(path_), errno);
  digester_ = Digester();
  size_ = 0;
  return {};
}

Result<void> Incoming::add(std::string_view bytes) {
  if (auto written = write_all(fd_.get(), bytes); !written) {
    auto error = std::move(written).error();
    if (error.code == Errc::disk_full) {
      error.cause += " (" + free_space_of(root_->fd()) + " in " + root_->root().string() + ")";
      error.hint = "free some space there and try again; what has arrived is kept";
    }
    return error;
  }
  digester_.add(as_bytes(bytes));
  size_ += bytes.size();
  return {};
}

Result<std::uint64_t> staged_size(Rooted& root, const std::string& name) {
  LIBRE_TRY(const auto found, root.look(in_staging(name)));
  return found && found->kind == FoundKind::file ? found->stamp.size : std::uint64_t{0};
}

Result<void> clear_staging(Rooted& root) {
  LIBRE_TRY(const auto found, root.look(staging_directory));
  if (!found || found->kind != FoundKind::directory) return {};
  LIBRE_TRY(const auto names, root.list(staging_directory));
  for (const auto& name : names) LIBRE_CHECK(root.remove_file(in_staging(name)));
  LIBRE_TRY([[maybe_unused]] const bool gone, root.remove_directory(staging_directory));
  return {};
}

}  // namespace libre::sync
