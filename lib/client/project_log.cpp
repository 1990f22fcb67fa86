#include <libre/project_log.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.hpp"
#include "base/json.hpp"
#include "base/random.hpp"

namespace libre {

namespace fs = std::filesystem;

LogCopyPlan plan_log_copy(const LogCopyState& remembered, std::int64_t file_size,
                          const std::string& instance, const JobInfo& job) {
  const bool same = !remembered.key.empty() && remembered.key == job.spec.key &&
                    remembered.job == job.id && remembered.instance == instance;
  // A copy that somebody edited, or that an update left half written, is fetched anew.
  const bool intact = file_size >= 0 && static_cast<std::uint64_t>(file_size) == remembered.size &&
                      remembered.size <= job.log_size;
  if (same && intact) return {remembered.size, false};
  return {};
}

struct LogCopy::State {
  fs::path copy, temporary, memory;
  LogCopyState now;
  LogCopyPlan plan;
  Fd file;
  bool in_place = false;
  bool linked = false;  // `<project>.log` is a link to the log itself: nothing to copy

  ~State() {
    if (!in_place && !temporary.empty()) ::unlink(temporary.c_str());
  }
};

LogCopy::LogCopy(std::unique_ptr<State> state) : state_(std::move(state)) {}
LogCopy::LogCopy(LogCopy&&) noexcept = default;
LogCopy& LogCopy::operator=(LogCopy&&) noexcept = default;
LogCopy::~LogCopy() = default;

LogCopyState LogCopy::remembered(const Project& project) {
  const auto text = read_file(project.state_directory() / "log.json", 1 << 16);
  if (!text) return {};
  auto state = from_json<LogCopyState>(*text);
  return state ? *state : LogCopyState();
}

Result<LogCopy> LogCopy::open(const Project& project, const std::string& instance,
                              const JobInfo& job) {
  auto state = std::make_unique<State>();
  state->copy = project.root / project.log_file_name();
  state->memory = project.state_directory() / "log.json";
  struct ::stat info {};
  const bool there = ::lstat(state->copy.c_str(), &info) == 0;
  const bool regular = there && S_ISREG(info.st_mode);
  // In a project that runs in place the job's own link to its log stands here.
  state->linked = there && !regular;
  state->plan =
      plan_log_copy(remembered(project), regular ? std::int64_t{info.st_size} : -1, instance, job);
  state->now = {instance, job.spec.key, job.id, state->plan.offset};
  if (state->linked) return LogCopy(std::move(state));
  state->in_place = !state->plan.replace;
  fs::path target = state->copy;
  int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
  if (state->plan.replace) {
    target = state->temporary = project.state_directory() / ("log." + random_id(8) + ".part");
    flags |= O_CREAT | O_EXCL;
  }
  state->file = Fd(::open(target.c_str(), flags, 0644));
  if (!state->file)
    return system_error(fmt::format("cannot write the copy of the log, {}", target.string()),
                        errno);
  return LogCopy(std::move(state));
}

const LogCopyPlan& LogCopy::plan() const { return state_->plan; }

Result<void> LogCopy::append(std::uint64_t offset, std::string_view bytes) {
  if (state_->linked) return {};
  if (offset != state_->now.size)
    return Error{Errc::internal,
                 fmt::format("the log goes on at byte {} instead of {}", offset, state_->now.size)};
  LIBRE_CHECK(write_all(state_->file.get(), bytes));
  state_->now.size += bytes.size();
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
