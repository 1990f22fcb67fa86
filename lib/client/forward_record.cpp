#include "client/forward_record.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/files.hpp"
#include "base/json.hpp"
#include "base/paths.hpp"
#include "master/place.hpp"

namespace libre::client {
namespace fs = std::filesystem;
namespace {

Result<fs::path> folder() {
  const auto env = process_environment();
  LIBRE_TRY(const auto home, home_directory(env));
  return master::runtime_folder('f', home, env);
}

fs::path file_of(const fs::path& directory, std::int64_t id) {
  return directory / fmt::format("{}.json", id);
}

}  // namespace

ProcessIdentity holder_of(const ForwardInfo& info) {
  return {static_cast<pid_t>(info.pid), info.start_ticks, info.boot_id};
}

Result<ForwardRecord> ForwardRecord::create(ForwardInfo& info) {
  LIBRE_TRY(const auto directory, folder());
  LIBRE_CHECK(make_private_directory(directory.parent_path()));
  LIBRE_CHECK(make_private_directory(directory));
  LIBRE_TRY(const auto self, identify(::getpid()));
  info.pid = self.pid;
  info.start_ticks = self.start_ticks;
  info.boot_id = self.boot_id;
  // Whoever makes records at once waits for the other: a number is free when its file is not there.
  Result<Fd> lock = lock_file(directory / "lock");
  const auto limit = Deadline::after(std::chrono::seconds(5));
  while (!lock && lock.error().code == Errc::exists && !limit.passed()) {
    (void)wait_for(-1, 0, {Deadline::after(std::chrono::milliseconds(5))});
    lock = lock_file(directory / "lock");
  }
  if (!lock) return std::move(lock).error();
  LIBRE_TRY(const auto others, read_forward_records());
  info.id = 1;
  for (const auto& other : others)
    if (other.id == info.id) ++info.id;
  LIBRE_CHECK(write_file_soon(file_of(directory, info.id), to_json(info)));
  return ForwardRecord(file_of(directory, info.id));
}

ForwardRecord::~ForwardRecord() {
  if (!file_.empty()) ::unlink(file_.c_str());
}

void ForwardRecord::update(const ForwardInfo& info) const {
  (void)write_file_soon(file_, to_json(info));
}

Result<std::vector<ForwardInfo>> read_forward_records() {
  LIBRE_TRY(const auto directory, folder());
  std::vector<ForwardInfo> records;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(directory, failure)) {
    if (entry.path().extension() != ".json") continue;
    const auto text = read_file(entry.path());
    auto info = text ? from_json<ForwardInfo>(*text) : Result<ForwardInfo>(text.error());
    if (info && is_alive(holder_of(*info)))
      records.push_back(std::move(*info));
    else if (text)
      ::unlink(entry.path().c_str());
  }
  std::ranges::sort(records, {}, &ForwardInfo::id);
  return records;
}

}  // namespace libre::client
