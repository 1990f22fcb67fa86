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
#include "base/paths.hpp"
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

pid_t parent_of(pid_t pid) {
  const auto row = read_row(pid);
  return row ? row->parent : 0;
}

bool is_ours(pid_t pid) {
  // Asked in the race against processes that fork on and on, so one system call must do for most.
  static const std::string own = [] {
    const auto program = own_executable();
    return program ? program->string() : std::string();
  }();
  const std::string folder = "/proc/" + std::to_string(pid);
  char buffer[4096];
  const ssize_t size = ::readlink((folder + "/exe").c_str(), buffer, sizeof buffer);
  if (own.empty() || size <= 0) return false;
  // Told by its name, since an upgrade may have put another file there.
  std::string_view name(buffer, static_cast<std::size_t>(size));
  if (!name.starts_with(own)) return false;
  name.remove_prefix(own.size());
  if (!name.empty() && name != " (deleted)") return false;
  const auto line = read_file(folder + "/cmdline", 1u << 20);
  const auto words = split(line ? *line : std::string(), '\0');
  return words.size() > 1 && (words[1] == "serve" || words[1] == "supervise");
}

std::set<pid_t> descendants_of(const std::set<pid_t>& roots, const std::vector<ProcessRow>& table,
                               const std::function<bool(pid_t)>& left_out) {
  std::multimap<pid_t, const ProcessRow*> children;
  for (const ProcessRow& row : table) children.emplace(row.parent, &row);
  std::set<pid_t> found;
  std::vector<pid_t> open(roots.begin(), roots.end());
  while (!open.empty()) {
    const pid_t parent = open.back();
    open.pop_back();
    for (auto [child, end] = children.equal_range(parent); child != end; ++child) {
      const ProcessRow& row = *child->second;
      if (row.zombie || roots.contains(row.pid) || left_out(row.pid)) continue;
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
  // An agent that the job started has the job's mark, and so have its helpers.
  std::set<pid_t> others;
  for (const pid_t pid : found)
    if (is_ours(pid)) others.insert(pid);
  others.merge(descendants_of(others, table, [](pid_t) { return false; }));
  for (const pid_t pid : others) found.erase(pid);
  found.merge(descendants_of(found, table,
                             [&](pid_t pid) { return others.contains(pid) || is_ours(pid); }));
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

std::set<pid_t> own_tree() { return descendants_of({::getpid()}, process_table(), is_ours); }

namespace {

// nullopt where the kernel does not tell them (CONFIG_PROC_CHILDREN), and for a process that is gone.
std::optional<std::vector<pid_t>> children_of(pid_t pid) {
  const auto id = std::to_string(pid);
  const auto text = read_file("/proc/" + id + "/task/" + id + "/children");
  if (!text) return std::nullopt;
  std::vector<pid_t> children;
  for (const auto& word : split(trim(*text), ' '))
    if (const pid_t child = number<pid_t>(word); child > 0) children.push_back(child);
  return children;
}

}  // namespace

std::set<pid_t> own_children() {
  std::set<pid_t> children;
  if (const auto told = children_of(::getpid())) {
    children.insert(told->begin(), told->end());
  } else {
    for (const ProcessRow& row : process_table())
      if (row.parent == ::getpid()) children.insert(row.pid);
  }
  std::erase_if(children, is_ours);
  return children;
}

std::set<pid_t> own_tree_now() {
  auto found = own_children();
  std::vector<pid_t> open(found.begin(), found.end());
  while (!open.empty()) {
    const auto children = children_of(open.back());
    open.pop_back();
    for (const pid_t child : children.value_or(std::vector<pid_t>{}))
      if (!is_ours(child) && found.insert(child).second) open.push_back(child);
  }
  return found;
}

}  // namespace libre::jobs
