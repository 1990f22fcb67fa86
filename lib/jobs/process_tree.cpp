#include "jobs/process_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <optional>

#include "base/files.hpp"
#include "base/text.hpp"

namespace libre::jobs {
namespace {

template <class T>
T number(std::string_view text) {
  T value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::optional<ProcessRow> read_row(pid_t pid) {
  const Fd fd(::open(("/proc/" + std::to_string(pid) + "/stat").c_str(), O_RDONLY | O_CLOEXEC));
  char buffer[1024];
  const ssize_t got = fd ? ::read(fd.get(), buffer, sizeof buffer) : -1;
  if (got <= 0) return std::nullopt;
  const std::string_view text(buffer, static_cast<std::size_t>(got));
  const auto after_name = text.rfind(')');  // the name itself may hold anything
  if (after_name == std::string_view::npos || after_name + 2 > text.size()) return std::nullopt;
  const auto fields = split(text.substr(after_name + 2), ' ');
  if (fields.size() < 20) return std::nullopt;
  return ProcessRow{pid, number<pid_t>(fields[1]), number<pid_t>(fields[3]),
                    number<std::uint64_t>(fields[19]), fields[0] == "Z" || fields[0] == "X"};
}

bool is_marked(pid_t pid, const std::string& variable) {
  const auto environment = read_file("/proc/" + std::to_string(pid) + "/environ", 4u << 20);
  if (!environment) return false;
  const std::string text = '\0' + *environment + '\0';
  return text.find('\0' + variable + '\0') != std::string::npos;
}

void signal_all(const std::set<pid_t>& pids, int signal) {
  for (const pid_t pid : pids) ::kill(pid, signal);
}

}  // namespace

std::vector<ProcessRow> process_table() {
  std::vector<ProcessRow> table;
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), &::closedir);
  while (const dirent* entry = proc ? ::readdir(proc.get()) : nullptr)
    if (const pid_t pid = number<pid_t>(entry->d_name); pid > 0)
      if (const auto row = read_row(pid)) table.push_back(*row);
  return table;
}

std::set<pid_t> descendants_of(const std::set<pid_t>& roots, const std::vector<ProcessRow>& table) {
  std::multimap<pid_t, const ProcessRow*> children;
  for (const ProcessRow& row : table) children.emplace(row.parent, &row);
  std::set<pid_t> found;
  std::vector<pid_t> open(roots.begin(), roots.end());
  while (!open.empty()) {
    const pid_t parent = open.back();
    open.pop_back();
    for (auto [child, end] = children.equal_range(parent); child != end; ++child) {
      const ProcessRow& row = *child->second;
      if (row.zombie || roots.contains(row.pid)) continue;
      if (found.insert(row.pid).second) open.push_back(row.pid);
    }
  }
  return found;
}

std::set<pid_t> find_orphans(const Submitted& submitted, const RunState& state) {
  const auto table = process_table();
  const std::string variable = "RE_JOB=" + job_marker(submitted);
  // A session's number is free for others only when its last process is gone; if its leader lives,
  // its start time tells whether it is still ours.
  const pid_t session = static_cast<pid_t>(state.pid);
  const bool session_is_ours =
      session > 0 && std::none_of(table.begin(), table.end(), [&](const ProcessRow& row) {
        return row.pid == session && row.start_ticks != state.pid_start;
      });
  std::set<pid_t> found;
  for (const ProcessRow& row : table) {
    if (row.zombie || row.pid == ::getpid()) continue;
    if ((session_is_ours && row.session == session) || is_marked(row.pid, variable))
      found.insert(row.pid);
  }
  found.merge(descendants_of(found, table));
  return found;
}

EndedTree end_orphans(const Submitted& submitted, const RunState& state,
                      std::chrono::milliseconds grace) {
  EndedTree result;
  std::set<pid_t> seen;
  auto left = find_orphans(submitted, state);
  signal_all(left, SIGTERM);
  signal_all(left, SIGCONT);
  const auto gentle = Deadline::after(grace),
             patience = Deadline::after(grace + std::chrono::seconds(10));
  while (!left.empty() && !patience.passed()) {
    seen.insert(left.begin(), left.end());
    if (gentle.passed()) signal_all(left, SIGKILL);
    ::poll(nullptr, 0,
           10);  // they are not our children, and new ones may come: nothing to wait for
    left = find_orphans(submitted, state);
  }
  result.gone = left.empty();
  result.processes = seen.size() - left.size();
  return result;
}

std::set<pid_t> own_children() {
  std::set<pid_t> children;
  const std::string self = std::to_string(::getpid());
  const auto text = read_file("/proc/" + self + "/task/" + self + "/children");
  if (!text) return children;
  for (const auto& word : split(trim(*text), ' '))
    if (const pid_t pid = number<pid_t>(word); pid > 0) children.insert(pid);
  return children;
}

}  // namespace libre::jobs
