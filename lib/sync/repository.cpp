#include "sync/repository.hpp"

#include <git2.h>

#include <algorithm>
#include <memory>

#include "base/files.hpp"
#include "base/paths.hpp"
#include "sync/core/tree.hpp"

namespace libre::sync {
namespace {

namespace fs = std::filesystem;

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Repository = std::unique_ptr<git_repository, Freer<git_repository_free>>;
using Index = std::unique_ptr<git_index, Freer<git_index_free>>;
using GitConfig = std::unique_ptr<git_config, Freer<git_config_free>>;

// libgit2 counts its users, so a pair of calls is right at any time.
struct Library {
  Library() { git_libgit2_init(); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library() { git_libgit2_shutdown(); }
};

Error git_failed(const std::string& message) {
  const git_error* reason = git_error_last();
  return Error{Errc::io, message, reason && reason->message ? reason->message : ""};
}

std::string text_of(const fs::path& file) {
  const auto text = read_file(file, 16u << 20);
  return text ? *text : std::string();  // a missing or unreadable list ignores nothing, as in git
}

Result<void> read_index(git_repository* repository, RepositoryView& view) {
  git_index* raw = nullptr;
  if (git_repository_index(&raw, repository) != 0) return git_failed("cannot read the git index");
  const Index index(raw);
  const std::size_t count = git_index_entrycount(index.get());
  view.tracked.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const git_index_entry* entry = git_index_get_byindex(index.get(), i);
    std::string_view path = entry->path;
    if (!(view.prefix.empty() || is_below(path, view.prefix))) continue;
    if (!view.prefix.empty()) path.remove_prefix(view.prefix.size() + 1);
    (entry->mode == GIT_FILEMODE_COMMIT ? view.submodules : view.tracked).emplace_back(path);
  }
  for (auto* paths : {&view.tracked, &view.submodules}) {
    if (!std::ranges::is_sorted(*paths)) std::ranges::sort(*paths);
    paths->erase(std::unique(paths->begin(), paths->end()),
                 paths->end());  // a conflict has three stages
  }
  return {};
}

fs::path global_excludes_file(git_config* config) {
  git_buf path{};
  if (git_config_get_path(&path, config, "core.excludesfile") == 0) {
    const fs::path result = path.ptr;
    git_buf_dispose(&path);
    return result;
  }
  const auto environment = process_environment();
  const auto home = home_directory(environment);
  return home ? config_home(environment, *home) / "git" / "ignore" : fs::path();
}

// Debian's libgit2 reads all certificates of the system when it begins: 5 to 18 ms here. Where no directory on
// the way up is the top of a work tree there is nothing to ask it.
bool may_be_in_work_tree(const fs::path& directory) {
  std::error_code failure;
  auto at = fs::canonical(directory, failure);
  if (failure) return true;  // whatever is wrong, it says it better
  while (!fs::exists(fs::symlink_status(at / ".git", failure))) {
    if (!at.has_relative_path()) return false;
    at = at.parent_path();
  }
  return true;
}

}  // namespace

Result<std::optional<RepositoryView>> view_repository(const fs::path& directory) {
  if (!may_be_in_work_tree(directory)) return std::optional<RepositoryView>{};
  const auto library = std::make_shared<const Library>();
  git_repository* raw = nullptr;
  const int opened = git_repository_open_ext(&raw, directory.c_str(), 0, nullptr);
  if (opened == GIT_ENOTFOUND) return std::optional<RepositoryView>{};
  if (opened != 0) return git_failed("cannot open the git repository of " + directory.string());
  const Repository repository(raw);
  const char* work_tree = git_repository_workdir(raw);
  if (!work_tree) return std::optional<RepositoryView>{};

  RepositoryView view{.library = library};
  std::error_code failure;
  view.work_tree = fs::canonical(work_tree, failure);
  const auto project = fs::canonical(directory, failure);
  if (failure) return Error{Errc::io, "cannot resolve " + directory.string(), failure.message()};
  if (project != view.work_tree) {
    if (!is_below(project.native(), view.work_tree.native()))
      return std::optional<RepositoryView>{};
    view.prefix = project.native().substr(view.work_tree.native().size() + 1);
  }
  LIBRE_CHECK(read_index(raw, view));
  git_config* raw_config = nullptr;
  if (git_repository_config(&raw_config, raw) != 0)
    return git_failed("cannot read the git configuration");
  const GitConfig config(raw_config);
  int ignore_case = 0;
  if (git_config_get_bool(&ignore_case, raw_config, "core.ignorecase") == 0)
    view.ignore_case = ignore_case != 0;
  const auto excludes = global_excludes_file(raw_config);
  if (!excludes.empty()) view.global_excludes = text_of(excludes);
  view.own_excludes = text_of(fs::path(git_repository_commondir(raw)) / "info" / "exclude");
  return std::optional<RepositoryView>(std::move(view));
}

std::optional<RepositoryView> repository_at(const fs::path& directory) {
  auto view = view_repository(directory);
  // A broken `.git` lets git look further up.
  if (!view || !*view || !(*view)->prefix.empty()) return std::nullopt;
  return *std::move(view);
}

}  // namespace libre::sync
