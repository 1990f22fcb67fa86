#include "sync/select.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/files.hpp"
#include "base/text.hpp"
#include "sync/directory.hpp"
#include "sync/observe.hpp"
#include "sync/repository.hpp"
#include "sync/rooted.hpp"
#include "sync/rules.hpp"

namespace libre::sync {
namespace {

class Walk {
 public:
  Walk(Rules rules, Rooted root, bool keep_empty, const Wait& wait, const DirectorySink& entering)
      : rules_(std::move(rules)),
        root_(std::move(root)),
        keep_empty_(keep_empty),
        wait_(wait),
        entering_(entering) {}

  Result<Selection> run() {
    Fd top(::openat(root_.fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!top) return system_error("cannot open " + root_.root().string(), errno);
    // A project that cannot be listed must not look like an empty one.
    if (auto listed = directory("", std::move(top), {}); !listed) return std::move(listed).error();
    if (!root_listed_) return Error{Errc::denied, "cannot list " + root_.root().string()};
    LIBRE_CHECK(add_submodules());
    if (!std::ranges::is_sorted(selection_.paths)) std::ranges::sort(selection_.paths);
    LIBRE_CHECK(add_tracked());
    std::sort(selection_.empty_directories.begin(), selection_.empty_directories.end());
    return std::move(selection_);
  }

 private:
  Result<void> directory(const std::string& path, Fd fd, const WalkState& state) {
    LIBRE_CHECK(still_wanted(wait_));
    const auto own = duplicate(fd.get());
    if (!own) return own.error();
    // A virtual environment can have any name.
    if (!rules_.in_git() && !state.included && !path.empty() && is_environment(own->get()))
      return {};
    if (entering_) entering_(path);
    const auto items = read_directory(std::move(fd));
    if (!items) {
      unreadable(path, items.error().cause);
      return {};
    }
    if (path.empty()) root_listed_ = true;
    if (items->empty() && !path.empty() && keep_empty_ && !state.searching)
      selection_.empty_directories.push_back(path);
    auto repository = own_repository(path, *items);
    if (repository) repositories_.insert(path);
    rules_.enter(path, gitignore_of(own->get()), std::move(repository));
    for (const auto& item : *items) {
      const auto inner = path.empty() ? item.name : path + "/" + item.name;
      if (item.kind == FoundKind::directory)
        LIBRE_CHECK(subdirectory(inner, item.name, own->get(), state));
      else if (rules_.of_file(inner, state))
        add(inner);
    }
    rules_.leave();
    return {};
  }

  Result<void> subdirectory(const std::string& path, const std::string& name, int parent,
                            const WalkState& state) {
    const auto verdict = rules_.of_directory(path, state);
    if (!verdict.in) return {};
    if (!is_valid_path(path)) {
      unreadable({}, "a path is too long: " + path);
      return {};
    }
    Fd fd(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (fd) return directory(path, std::move(fd), verdict.below);
    if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
      unreadable(path, system_error("", errno).cause);
    return {};
  }

  std::optional<RepositoryView> own_repository(const std::string& path,
                                               const std::vector<DirectoryItem>& items) const {
    const bool may_be =
        !path.empty() && std::ranges::binary_search(items, ".git", {}, &DirectoryItem::name);
    return may_be ? repository_at(root_.root() / path) : std::nullopt;
  }

  void add(const std::string& path) {
    if (is_valid_path(path))
      selection_.paths.push_back(path);
    else
      unreadable({}, "a path is too long: " + path);
  }

  void unreadable(const std::string& path, const std::string& reason) {
    selection_.notes.push_back({SyncNote::Kind::unreadable, path, reason});
    if (!path.empty()) selection_.unreadable.push_back(path);
  }

  static bool is_environment(int directory) {
    return ::faccessat(directory, "pyvenv.cfg", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
  }

  static std::string gitignore_of(int directory) {
    // Not through a link, as in git.
    Fd fd(::openat(directory, ".gitignore", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    std::string text;
    if (!fd) return text;
    char buffer[16 * 1024];
    for (ssize_t got = 0;
         (got = ::read(fd.get(), buffer, sizeof buffer)) > 0 && text.size() < (16u << 20);)
      text.append(buffer, static_cast<std::size_t>(got));
    return text;
  }

  // Submodules in directories that git would ignore, where the walk did not go.
  Result<void> add_submodules() {
    for (std::size_t i = 0; i < rules_.submodules().size(); ++i) {
      const std::string path = rules_.submodules()[i];  // a copy: more may come
      if (repositories_.contains(path) || !is_valid_path(path) || is_taken_away(path)) continue;
      LIBRE_TRY(const auto found, root_.look(path));
      if (!found || found->kind != FoundKind::directory || !repository_at(root_.root() / path))
        continue;
      Fd fd(::openat(root_.fd(), path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (fd) LIBRE_CHECK(directory(path, std::move(fd), {}));
    }
    return {};
  }

  // By rules of the project.
  bool is_taken_away(std::string path) const {
    for (; !path.empty(); path = parent_of(path))
      if (rules_.takes_away(path, true)) return true;
    return false;
  }

  // Files that git tracks inside directories that it would ignore, where the walk did not go.
  Result<void> add_tracked() {
    std::vector<std::string> missing;
    std::set_difference(rules_.tracked().begin(), rules_.tracked().end(), selection_.paths.begin(),
                        selection_.paths.end(), std::back_inserter(missing));
    bool added = false;
    for (const auto& path : missing) {
      if (!is_valid_path(path) || !is_tracked_in(path)) continue;
      LIBRE_TRY(const auto found, root_.look(path));
      if (!found || found->kind == FoundKind::directory) continue;
      selection_.paths.push_back(path);
      added = true;
    }
    if (added) std::sort(selection_.paths.begin(), selection_.paths.end());
    return {};
  }

  bool is_tracked_in(const std::string& path) const {
    return !is_taken_away(std::string(parent_of(path))) && !rules_.takes_away(path, false) &&
           rules_.of_file(path, {});
  }

  Rules rules_;
  Rooted root_;
  bool keep_empty_;
  const Wait& wait_;
  const DirectorySink& entering_;
  bool root_listed_ = false;
  std::set<std::string> repositories_;  // inside the project, where the walk was
  Selection selection_;
};

std::string octal(unsigned byte) {
  std::string text = "\\";
  for (int shift = 6; shift >= 0; shift -= 3) text += static_cast<char>('0' + (byte >> shift & 7));
  return text;
}

bool is_odd(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '"' || c == '\\';
}

}  // namespace

Result<Selection> select_files(const Project& project, const Wait& wait,
                               const DirectorySink& entering) {
  LIBRE_TRY(auto rules, Rules::read(project));
  LIBRE_TRY(auto root, Rooted::open(project.root));
  return Walk(std::move(rules), std::move(root), project.select.empty(), wait, entering).run();
}

std::string quoted_path(const std::string& path) {
  const bool plain = std::ranges::none_of(path, is_odd) && is_utf8(path) && path.front() != ' ' &&
                     path.back() != ' ';
  if (plain) return path;
  std::string text = "\"";
  for (const char c : path) {
    if (c == '"' || c == '\\')
      (text += '\\') += c;
    else if (c == '\n')
      text += "\\n";
    else if (c == '\t')
      text += "\\t";
    else if (is_odd(c) || static_cast<unsigned char>(c) >= 0x80)
      text += octal(static_cast<unsigned char>(c));
    else
      text += c;
  }
  return text + "\"";
}

Result<void> write_selection(const Project& project, const Selection& selection) {
  std::string text;
  for (const auto& path : selection.paths) text += quoted_path(path) + "\n";
  const auto file = project.state_directory() / "rsync.db";
  if (const auto old = read_file(file); old && *old == text) return {};
  return write_file_soon(file, text, 0644);
}

}  // namespace libre::sync
