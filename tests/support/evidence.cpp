#include "support/evidence.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/mount.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <stdexcept>

#include "base/files.hpp"
#include "base/paths.hpp"
#include "base/random.hpp"
#include "base/text.hpp"

namespace libre::testing {
namespace fs = std::filesystem;

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + part.size()))
    ++count;
  return count;
}

std::string noise(std::size_t size) {
  static std::mt19937_64 engine{std::random_device{}()};
  std::string bytes(size + sizeof(std::uint64_t), '\0');
  for (std::size_t at = 0; at < size; at += sizeof(std::uint64_t)) {
    const std::uint64_t word = engine();
    std::memcpy(&bytes[at], &word, sizeof word);
  }
  bytes.resize(size);
  return bytes;
}

TreeImage image_of(const fs::path& directory) {
  TreeImage image;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    const auto status = entry.symlink_status();
    std::string what = fmt::format("{} {:o} ", static_cast<int>(status.type()),
                                   static_cast<unsigned>(status.permissions()));
    if (entry.is_symlink())
      what += fs::read_symlink(entry.path()).string();
    else if (entry.is_regular_file())
      what += read_file(entry.path()).value_or("?");
    image[entry.path().lexically_relative(directory).string()] = what;
  }
  return image;
}

TreeImage code_of(const fs::path& directory) {
  auto image = image_of(directory);
  const auto log = directory.filename().string() + ".log";
  std::erase_if(image, [&](const auto& entry) {
    return entry.first.starts_with(".re") || entry.first == log;
  });
  return image;
}

bool is_json(const std::string& text) {
  const auto output = run({.argv = {"python3", "-m", "json.tool"}}, text);
  return output && output->exit.ok();
}

Running::Running(const Laptop& laptop, std::vector<std::string> words, int in) {
  const auto base = (laptop.home / ("running-" + random_id(8))).string();
  out_ = base + ".out";
  err_ = base + ".err";
  const auto make = [](const fs::path& path) {
    return Fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  };
  const Fd out = make(out_), err = make(err_);
  if (!out || !err) throw std::runtime_error("cannot make " + base);
  words.insert(words.begin(), built_re().string());
  pid_ = laptop.home.start(std::move(words), laptop.project(), in, out.get(), err.get());
}

Running::~Running() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  (void)wait_exit(pid_, {});
}

void Running::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}
std::string Running::out() const { return read_file(out_).value_or(""); }
std::string Running::err() const { return read_file(err_).value_or(""); }

Exit Running::wait() {
  const auto exit = wait_exit(pid_, {.deadline = Deadline::after(std::chrono::seconds(60))});
  if (!exit) throw std::runtime_error("re does not end: " + exit.error().describe() + "\n" + err());
  pid_ = -1;
  return *exit;
}

SmallDisk::SmallDisk(fs::path directory, std::uint64_t bytes) : directory_(std::move(directory)) {
  fs::create_directories(directory_);
  if (::mount("tmpfs", directory_.c_str(), "tmpfs", 0, fmt::format("size={}", bytes).c_str()) != 0)
    throw std::runtime_error("cannot mount a small disk; these tests run as root");
}
SmallDisk::~SmallDisk() { ::umount2(directory_.c_str(), MNT_DETACH); }
void SmallDisk::resize(std::uint64_t bytes) const {
  if (::mount("tmpfs", directory_.c_str(), "tmpfs", MS_REMOUNT,
              fmt::format("size={}", bytes).c_str()) != 0)
    throw std::runtime_error("cannot resize the small disk");
}

namespace {

std::vector<std::string> command_line(pid_t pid) {
  return split(read_file(fmt::format("/proc/{}/cmdline", pid)).value_or(""), '\0');
}

}  // namespace

std::vector<pid_t> agents_of(const Laptop& laptop, std::string_view verb) {
  auto pids = processes_of(laptop.remote_home());
  std::erase_if(pids, [&](pid_t pid) {
    const auto words = command_line(pid);
    return words.size() < 2 || !contains(words[0], "re-agent") || words[1] != verb;
  });
  return pids;
}

std::size_t kill_agents(const Laptop& laptop, std::string_view verb) {
  const auto pids = agents_of(laptop, verb);
  for (const pid_t pid : pids) ::kill(pid, SIGKILL);
  const auto gone = [&] {
    const auto left = agents_of(laptop, verb);
    return std::none_of(pids.begin(), pids.end(), [&](pid_t pid) {
      return std::find(left.begin(), left.end(), pid) != left.end();
    });
  };
  if (!eventually(gone)) throw std::runtime_error("an agent survived SIGKILL");
  return pids.size();
}

bool is_running_there(const Laptop& laptop, std::string_view text) {
  const auto pids = processes_of(laptop.remote_home());
  return std::any_of(pids.begin(), pids.end(),
                     [&](pid_t pid) { return contains(join(command_line(pid), " "), text); });
}

fs::path job_folder(const Laptop& laptop, const std::string& id) {
  return laptop.remote_home() / ".local/state/re" / host_name() / "jobs" / id;
}

}  // namespace libre::testing
