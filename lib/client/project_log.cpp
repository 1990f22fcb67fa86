#include <libre/project_log.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/files.hpp"
#include "base/json.hpp"
#include "base/random.hpp"

namespace libre {

namespace fs = std::filesystem;

LogCopyState intact_copy(const LogCopyState& remembered, std::int64_t file_size,
                         const std::string& instance) {
  const bool intact = !remembered.key.empty() && remembered.instance == instance &&
                      file_size >= 0 && static_cast<std::uint64_t>(file_size) == remembered.size;
  return intact ? remembered : LogCopyState();
}

struct LogCopy::State {
  fs::path copy, temporary, memory;
  std::string instance;
  LogCopyState have, now;
  Fd old_file;            // what have is of
  Fd file;                // what is written to
  bool in_place = false;  // that is the copy itself, not one that is to replace it
  bool linked = false;    // `<project>.log` is a link to the log itself: nothing to copy

  ~State() {
    if (!in_place && !temporary.empty()) ::unlink(temporary.c_str());
  }
};

namespace {

LogCopyState remembered(const fs::path& memory) {
  const auto text = read_file(memory, 1 << 16);
  if (!text) return {};
  auto state = from_json<LogCopyState>(*text);
  return state ? *state : LogCopyState();
}

}  // namespace

LogCopy::LogCopy(std::unique_ptr<State> state) : state_(std::move(state)) {}
LogCopy::LogCopy(LogCopy&&) noexcept = default;
LogCopy& LogCopy::operator=(LogCopy&&) noexcept = default;
LogCopy::~LogCopy() = default;

LogCopy LogCopy::open(const Project& project, const std::string& instance) {
  auto state = std::make_unique<State>();
  state->copy = project.root / project.log_file_name();
  state->memory = project.state_directory() / "log.json";
  state->instance = instance;
  state->old_file = Fd(::open(state->copy.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct ::stat info {};
  // In a project that runs in place the job's own link to its log stands here.
  state->linked = ::lstat(state->copy.c_str(), &info) == 0 && !S_ISREG(info.st_mode);
  const bool readable = state->old_file && ::fstat(state->old_file.get(), &info) == 0;
  if (readable && S_ISREG(info.st_mode))
    state->have = intact_copy(remembered(state->memory), info.st_size, instance);
  return LogCopy(std::move(state));
}

const LogCopyState& LogCopy::have() const { return state_->have; }

Result<std::string> LogCopy::read(std::uint64_t offset) const {
  std::string bytes(64 * 1024, '\0');
  const auto left = state_->have.size - std::min(offset, state_->have.size);
  const auto wanted = std::min<std::uint64_t>(bytes.size(), left);
  const ssize_t got =
      ::pread(state_->old_file.get(), bytes.data(), wanted, static_cast<off_t>(offset));
  if (got < 0)
    return system_error(fmt::format("cannot read the copy of the log, {}", state_->copy.string()),
                        errno);
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

Result<void> LogCopy::begin(const JobInfo& job, std::uint64_t offset) {
  state_->now = {state_->instance, job.spec.key, job.id, offset};
  if (state_->linked) return {};
  if (offset > 0) {
    state_->in_place = true;
    LIBRE_TRY(state_->file, duplicate(state_->old_file.get()));
    return {};
  }
  state_->temporary = state_->memory.parent_path() / ("log." + random_id(8) + ".part");
  state_->file = Fd(::open(state_->temporary.c_str(),
                           O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_CREAT | O_EXCL, 0644));
  if (!state_->file)
    return system_error(
        fmt::format("cannot write the copy of the log, {}", state_->temporary.string()), errno);
  return {};
}

Result<void> LogCopy::append(std::uint64_t offset, std::string_view bytes) {
  if (state_->linked) return {};
  if (offset != state_->now.size)
    return Error{Errc::internal,
                 fmt::format("the log goes on at byte {} instead of {}", offset, state_->now.size)};
  // At its place and not at the end, so that two that update the same copy do not double a byte.
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(state_->file.get(), bytes.data(), bytes.size(),
                                 static_cast<off_t>(state_->now.size));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return system_error("cannot write the copy of the log", errno);
    state_->now.size += static_cast<std::uint64_t>(put);
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

Result<void> LogCopy::settle() {
  if (state_->linked) return {};
  if (!state_->in_place) {
    if (::rename(state_->temporary.c_str(), state_->copy.c_str()) != 0)
      return system_error(fmt::format("cannot put {} in its place", state_->copy.string()), errno);
    state_->in_place = true;
  }
  return write_file_atomic(state_->memory, to_json(state_->now), 0644);
}

}  // namespace libre
