#include "sync/rules.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/files.hpp"
#include "base/text.hpp"
#include "sync/core/tree.hpp"
#include "sync/staging.hpp"

namespace libre::sync {
namespace {

constexpr const char* junk_directories[] = {
    ".git",        ".hg",           ".svn",        "node_modules",       "__pycache__", ".venv",
    ".mypy_cache", ".pytest_cache", ".ruff_cache", ".ipynb_checkpoints", ".tox"};

bool is_junk(std::string_view path, bool is_directory) {
  const auto name = name_in(path);
  if (is_directory) return std::ranges::find(junk_directories, name) != std::end(junk_directories);
  return name.ends_with(".pyc") || name == ".DS_Store";
}

// "./x" was how the original wrote paths; it means the same as "/x".
Result<PatternList> read_patterns(const std::filesystem::path& file) {
  const auto text = read_file(file, 16u << 20);
  if (!text && text.error().code == Errc::not_found) return PatternList();
  if (!text) return text.error();
  std::string lines;
  for (const auto& line : split_lines(*text))
    lines += (line.starts_with("./")    ? line.substr(1)
              : line.starts_with("!./") ? "!" + line.substr(2)
                                        : line) +
             "\n";
  return PatternList(parse_patterns(lines), "", false);
}

}  // namespace

Result<Rules> Rules::read(const Project& project) {
  Rules rules;
  rules.log_name_ = project.log_file_name();
  rules.only_python_ = project.select == "python";
  if (!rules.only_python_ && !project.select.empty())
    return Error{Errc::config,
                 "select = " + project.select + " is not known",
                 {},
                 "write select = python, or leave it out"};
  LIBRE_TRY(rules.include_, read_patterns(project.state_directory() / "include"));
  LIBRE_TRY(rules.exclude_, read_patterns(project.state_directory() / "exclude"));
  LIBRE_CHECK(rules.read_repository(project));
  return rules;
}

Result<void> Rules::read_repository(const Project& project) {
  LIBRE_TRY(auto view, view_repository(project.root));
  if (!view) return {};
  const bool ignore_case = scopes_.back().ignore_case = view->ignore_case;
  git_ = view->library;
  ignores_.emplace_back(parse_patterns(view->global_excludes), "", ignore_case);
  ignores_.emplace_back(parse_patterns(view->own_excludes), "", ignore_case);
  // The .gitignore files between the top of the work tree and the project.
  std::string base;
  auto directory = view->work_tree;
  bool ignored = false;
  for (const auto& component :
       view->prefix.empty() ? std::vector<std::string>{} : split(view->prefix, '/')) {
    const auto text = read_file(directory / ".gitignore", 16u << 20);
    ignores_.emplace_back(parse_patterns(text ? *text : std::string()), base, ignore_case);
    base += (base.empty() ? "" : "/") + component;
    ignored =
        ignored || is_ignored(base, true);  // prefix_ is still empty: base counts from the top
    directory /= component;
  }
  // A project in a place that the repository ignores is none of the repository's business.
  if (ignored && view->tracked.empty() && view->submodules.empty()) {
    ignores_.clear();
    return {};
  }
  in_git_ = true;
  only_tracked_ = ignored;
  prefix_ = view->prefix;
  tracked_ = std::move(view->tracked);
  submodules_ = std::move(view->submodules);
  return {};
}

std::string Rules::in_work_tree(const std::string& path) const {
  if (prefix_.empty()) return path;
  return path.empty() ? prefix_ : prefix_ + "/" + path;
}

void Rules::enter(const std::string& path, const std::string& gitignore,
                  std::optional<RepositoryView> own) {
  const auto base = in_work_tree(path);
  if (own) {
    scopes_.push_back({ignores_.size(), own->ignore_case});
    git_ = own->library;
    ignores_.emplace_back(parse_patterns(own->global_excludes), base, own->ignore_case);
    ignores_.emplace_back(parse_patterns(own->own_excludes), base, own->ignore_case);
    add_tracked(path, *own);
  }
  entered_.push_back(own.has_value());
  ignores_.emplace_back(parse_patterns(gitignore), base, scopes_.back().ignore_case);
}

void Rules::leave() {
  ignores_.pop_back();
  if (entered_.back()) {
    ignores_.resize(scopes_.back().first_list);
    scopes_.pop_back();
  }
  entered_.pop_back();
}

void Rules::add_tracked(const std::string& path, const RepositoryView& own) {
  for (const auto& submodule : own.submodules) submodules_.push_back(path + "/" + submodule);
  const auto middle = static_cast<std::ptrdiff_t>(tracked_.size());
  for (const auto& file : own.tracked) tracked_.push_back(path + "/" + file);
  std::inplace_merge(tracked_.begin(), tracked_.begin() + middle, tracked_.end());
}

bool Rules::is_ignored(const std::string& path, bool is_directory) const {
  if (only_tracked_ && scopes_.size() == 1) return true;
  if (!in_git_ && is_junk(path, is_directory)) return true;
  const auto full = in_work_tree(path);
  for (auto list = ignores_.size(); list > scopes_.back().first_list; --list)
    if (const auto decided = ignores_[list - 1].decide(full, is_directory)) return *decided;
  return false;
}

bool Rules::is_always_out(const std::string& path) const {
  return name_in(path) == ".git" || path == ".recompute" || is_below(path, ".recompute") ||
         path == log_name_ || is_staging_path(path);
}

bool Rules::takes_away(const std::string& path, bool is_directory) const {
  if (is_always_out(path)) return true;
  if (const auto named = include_.decide(path, is_directory)) return !*named;
  return (is_directory && path == "data") || exclude_.decide(path, is_directory).value_or(false);
}

Verdict Rules::of_directory(const std::string& path, const WalkState& state) const {
  if (is_always_out(path)) return {};
  // From here on `included` means: given back by a pattern above, and taken away again by this one.
  const auto named = include_.decide(path, true);
  if (named.value_or(state.included)) return {true, {.included = true}};
  const bool out = state.searching || state.included ||
                   exclude_.decide(path, true).value_or(false) || path == "data" ||
                   is_ignored(path, true);
  if (!out) return {true, {}};
  return {include_.may_reach_into(path), {.searching = true}};
}

bool Rules::of_file(const std::string& path, const WalkState& state) const {
  if (is_always_out(path)) return false;
  if (include_.decide(path, false).value_or(state.included)) return true;
  if (state.searching || state.included || exclude_.decide(path, false).value_or(false))
    return false;
  if (only_python_ && !path.ends_with(".py")) return false;
  return std::binary_search(tracked_.begin(), tracked_.end(), path) || !is_ignored(path, false);
}

}  // namespace libre::sync
