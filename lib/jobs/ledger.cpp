#include "jobs/ledger.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/json.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "jobs/messages.hpp"

namespace libre::jobs {
namespace fs = std::filesystem;
namespace {

// Larger than any exit.json: its texts are cut to fit.
constexpr off_t reserve_size = 8192;
constexpr std::size_t longest_text = 1024;

std::optional<std::uint64_t> parse_id(std::string_view text) {
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || id == 0) return std::nullopt;
  return id;
}

template <class T>
std::optional<T> read_record(const fs::path& path) {
  const auto text = read_file(path, 16u << 20);
  if (!text) return std::nullopt;
  auto record = from_json<T>(*text);
  if (!record) return std::nullopt;
  return *std::move(record);
}

}  // namespace

Result<Ledger> Ledger::open(const fs::path& root) {
  LIBRE_CHECK(make_private_directory(root));
  return Ledger(root);
}

std::vector<std::uint64_t> Ledger::ids() const {
  std::vector<std::uint64_t> ids;
  std::error_code failure;
  for (fs::directory_iterator entry(root_, failure), end; !failure && entry != end;
       entry.increment(failure))
    if (const auto id = parse_id(entry->path().filename().string())) ids.push_back(*id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::uint64_t Ledger::highest_id() const {
  const auto text = read_file(root_ / "last_id", 64);
  const std::uint64_t recorded = text ? parse_id(trim(*text)).value_or(0) : 0;
  const auto present = ids();
  return present.empty() ? recorded : std::max(recorded, present.back());
}

Result<Submitted> Ledger::create(const JobSpec& spec, const GpuGrant& gpus) {
  Submitted submitted{highest_id() + 1, spec, now(), boot_id(), gpus};
  const fs::path fresh = root_ / (".new-" + random_id(12));
  LIBRE_CHECK(make_private_directory(fresh));
  const auto build = [&]() -> Result<void> {
    LIBRE_CHECK(write_file_soon(fresh / "log", ""));
    for (;; ++submitted.id) {
      LIBRE_CHECK(write_file_soon(root_ / "last_id", std::to_string(submitted.id) + "\n"));
      LIBRE_CHECK(write_file_soon(fresh / "job.json", to_json(submitted) + "\n"));
      if (::rename(fresh.c_str(), folder(submitted.id).c_str()) == 0) return {};
      if (errno != EEXIST && errno != ENOTEMPTY)
        return system_error("cannot make the job's folder " + folder(submitted.id).string(), errno);
    }
  };
  if (auto built = build(); !built) {
    std::error_code ignored;
    fs::remove_all(fresh, ignored);
    return std::move(built).error().wrapped("cannot record the job");
  }
  return submitted;
}

Result<void> make_durable(const fs::path& folder) {
  LIBRE_TRY(const auto record, open_read(folder / "job.json"));
  // The folder got its name after the record was written, so what makes one last makes both last.
  if (::fsync(record.get()) != 0) return system_error("cannot record the job", errno);
  return {};
}

Result<bool> Ledger::remove_unstarted(std::uint64_t id) {
  // Moved aside first: a supervisor that is just about to record itself then fails, and starts
  // nothing.
  const fs::path aside = root_ / (".gone-" + random_id(12));
  if (::rename(folder(id).c_str(), aside.c_str()) != 0) {
    if (errno == ENOENT) return true;
    return system_error("cannot remove the job's folder " + folder(id).string(), errno);
  }
  std::error_code ignored;
  if (fs::exists(aside / "state.json", ignored) || fs::exists(aside / "exit.json", ignored)) {
    if (::rename(aside.c_str(), folder(id).c_str()) == 0) return false;
    return system_error("cannot put back the job's folder " + folder(id).string(), errno);
  }
  fs::remove_all(aside, ignored);
  return true;
}

Result<Submitted> read_submitted(const fs::path& folder) {
  LIBRE_TRY(const auto text, read_file(folder / "job.json"));
  return from_json<Submitted>(text);
}

std::optional<RunState> read_state(const fs::path& folder) {
  return read_record<RunState>(folder / "state.json");
}

std::optional<JobEnd> read_end(const fs::path& folder) {
  return read_record<JobEnd>(folder / "exit.json");
}

bool has_end(const fs::path& folder) { return ::access((folder / "exit.json").c_str(), F_OK) == 0; }

std::uint64_t log_size(const fs::path& folder) {
  std::error_code failure;
  const auto size = fs::file_size(folder / "log", failure);
  return failure ? 0 : size;
}

Result<JobInfo> read_info(const fs::path& folder) {
  LIBRE_TRY(const auto submitted, read_submitted(folder));
  // The end first: a job that ends in between must not look as if it had ended with less log.
  const auto end = read_end(folder);
  return make_info(submitted, read_state(folder), end, log_size(folder));
}

Result<void> write_state(const fs::path& folder, const RunState& state) {
  return write_file_soon(folder / "state.json", to_json(state) + "\n");
}

Result<void> reserve_end(const fs::path& folder) {
  const fs::path path = folder / "exit.reserve";
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return system_error("cannot create " + path.string(), errno);
  if (const int reason = ::posix_fallocate(fd.get(), 0, reserve_size))
    return system_error("cannot reserve space for the job's end", reason);
  return {};
}

Result<void> write_end(const fs::path& folder, const JobEnd& end) {
  JobEnd shortened = end;
  for (std::string* text :
       {&shortened.lost, &shortened.spawn_error, &shortened.log_error, &shortened.killed_by})
    if (text->size() > longest_text) text->resize(longest_text);
  const std::string content = to_json(shortened) + "\n";
  const fs::path reserve = folder / "exit.reserve", target = folder / "exit.json";
  const Fd fd(::open(reserve.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  if (fd && write_all(fd.get(), content) &&
      ::ftruncate(fd.get(), static_cast<off_t>(content.size())) == 0 && ::fsync(fd.get()) == 0 &&
      ::rename(reserve.c_str(), target.c_str()) == 0)
    return {};
  LIBRE_CHECK(write_file_atomic(target, content));
  ::unlink(reserve.c_str());
  return {};
}

}  // namespace libre::jobs
