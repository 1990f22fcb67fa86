#include "deps/scan/project_scan.hpp"

#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "deps/scan/notebook.hpp"
#include "deps/scan/package_names.hpp"
#include "deps/scan/requirements.hpp"

namespace libre::deps {
namespace {

std::string_view parent_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}
std::string_view stem_of(std::string_view path) {
  const auto slash = path.rfind('/');
  if (slash != std::string_view::npos) path.remove_prefix(slash + 1);
  return path.substr(0, path.find('.'));
}
std::string joined(std::string_view directory, std::string_view name) {
  return directory.empty() ? std::string(name) : std::string(directory) + "/" + std::string(name);
}

bool is_notebook(std::string_view path) { return path.ends_with(".ipynb"); }
bool is_python(std::string_view path) { return path.ends_with(".py") || path.ends_with(".pyw"); }

// What becomes of one import: nothing, where Python or the project has it; else packages.
struct Resolved {
  Import import{};
  bool at_hand = false;
  std::vector<PackageName> packages{};
  bool known() const {
    return at_hand || std::ranges::all_of(packages, [](const PackageName& package) {
             return package.source == PackageName::Source::table;
           });
  }
};

class Scan {
 public:
  Scan(const std::vector<SourceFile>& files, std::optional<PythonMinor> version)
      : own_(python_paths(files)), version_(version) {}

  ScanReport run(const std::vector<SourceFile>& files) {
    for (const auto& file : files) {
      if (is_notebook(file.path))
        notebook(file);
      else if (is_python(file.path))
        source(file.path, file.content);
    }
    for (auto& [name, package] : packages_) report_.packages.push_back(std::move(package));
    return std::move(report_);
  }

 private:
  static std::vector<std::string> python_paths(const std::vector<SourceFile>& files) {
    std::vector<std::string> paths;
    for (const auto& file : files)
      if (is_python(file.path)) paths.push_back(file.path);
    return paths;
  }

  void notebook(const SourceFile& file) {
    const auto cells = code_cells(file.content);
    if (!cells) return report_.unreadable.push_back(file.path + ": " + cells.error().message);
    std::string python;
    for (const auto& cell : *cells) {
      auto code = cell_code(cell);
      python += code.python;
      for (auto& requirement : code.installs) install(file.path, std::move(requirement));
    }
    source(file.path, python);
  }

  void source(const std::string& path, std::string_view content) {
    ++report_.files;
    std::map<int, std::map<int, std::vector<Resolved>>> choices;
    for (auto& import : find_imports(content)) {
      if (import.need == Import::Need::typing) continue;
      auto resolved = resolve(path, std::move(import));
      if (resolved.import.choice > 0)
        choices[resolved.import.choice][resolved.import.branch].push_back(std::move(resolved));
      else
        take(path, resolved, resolved.import.need == Import::Need::optional);
    }
    for (const auto& [choice, branches] : choices) choose(path, branches);
  }

  Resolved resolve(const std::string& path, Import import) const {
    const auto top = import.module.substr(0, import.module.find('.'));
    Resolved resolved{std::move(import), true, {}};
    if (is_standard_module(top, version_) || own_.found_from(path, top)) return resolved;
    resolved.packages = packages_of(resolved.import.module, resolved.import.names);
    const bool stranger = std::ranges::any_of(resolved.packages, [](const PackageName& package) {
      return package.source == PackageName::Source::guess;
    });
    resolved.at_hand = stranger && own_.anywhere(top);
    return resolved;
  }

  // Of imports that stand in for each other: none, where one works as it is; else the first that is known.
  void choose(const std::string& path, const std::map<int, std::vector<Resolved>>& branches) {
    const auto all = [](const std::vector<Resolved>& imports, auto&& property) {
      return std::ranges::all_of(imports, property);
    };
    const std::vector<Resolved>* chosen = nullptr;
    bool needed = true;
    for (const auto& [number, imports] : branches) {
      needed = needed && !all(imports, [](const Resolved& one) { return one.at_hand; });
      if (!chosen && all(imports, [](const Resolved& one) { return one.known(); }))
        chosen = &imports;
    }
    if (!chosen) chosen = &branches.begin()->second;
    for (const auto& [number, imports] : branches)
      for (const auto& resolved : imports)
        if (!needed || &imports == chosen) take(path, resolved, !needed);
  }

  void take(const std::string& path, const Resolved& resolved, bool optional) {
    if (resolved.at_hand) return;
    const auto& import = resolved.import;
    for (const auto& package : resolved.packages) {
      if (package.source == PackageName::Source::nothing && !optional) {
        const auto text = import.module + " (" + path + ":" + std::to_string(import.line) + ")";
        if (unresolved_.insert(import.module).second) report_.unresolved.push_back(text);
      }
      if (package.package.empty()) continue;
      const bool guessed = package.source == PackageName::Source::guess;
      add({package.package, import.module, path, import.line, guessed, optional});
    }
  }

  void install(const std::string& path, std::string requirement) {
    auto& package = packages_[normalized(requirement_name(requirement))];
    if (package.requirement.empty()) package.file = path;
    package.requirement = std::move(requirement);
    package.guessed = package.optional = false;
  }

  void add(NeededPackage found) {
    auto [place, fresh] = packages_.try_emplace(normalized(found.requirement), found);
    if (fresh) return;
    NeededPackage& known = place->second;
    if (known.module.empty() || (known.optional && !found.optional)) {
      found.requirement = known.module.empty() ? known.requirement : found.requirement;
      found.guessed = found.guessed && known.guessed;
      found.optional = found.optional && known.optional;
      known = std::move(found);
    }
  }

  OwnModules own_;
  std::optional<PythonMinor> version_;
  std::map<std::string, NeededPackage> packages_{};
  std::set<std::string> unresolved_{};
  ScanReport report_{};
};

}  // namespace

OwnModules::OwnModules(const std::vector<std::string>& paths) {
  for (const auto& path : paths) {
    const auto directory = parent_of(path);
    const auto stem = stem_of(path);
    if (stem == "__init__") {
      modules_.emplace(directory);
    } else {
      modules_.insert(joined(directory, stem));
      names_.emplace(stem);
    }
    for (auto above = directory; !above.empty(); above = parent_of(above))
      names_.emplace(stem_of(above));
  }
}

bool OwnModules::found_from(std::string_view from, std::string_view module) const {
  for (auto directory = parent_of(from);; directory = parent_of(directory)) {
    if (modules_.contains(joined(directory, module)) ||
        modules_.contains(joined(joined(directory, "src"), module)))
      return true;
    if (directory.empty()) return false;
  }
}

ScanReport scan_sources(const std::vector<SourceFile>& files, std::optional<PythonMinor> version) {
  return Scan(files, version).run(files);
}

}  // namespace libre::deps
