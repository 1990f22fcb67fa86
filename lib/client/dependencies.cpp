// What a project needs, read from its files on this machine.
#include <libre/deps.hpp>

#include <algorithm>

#include "base/files.hpp"
#include "base/text.hpp"
#include "deps/environment/machine.hpp"
#include "deps/scan/package_names.hpp"
#include "deps/scan/project_scan.hpp"
#include "deps/scan/requirements.hpp"
#include "deps/scan/sources.hpp"
#include "sync/select.hpp"

namespace libre {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t source_limit = 16u
                                       << 20;  // a notebook with pictures in it may be that large

deps::ReadFile reader(const Project& project) {
  return [root = project.root](const std::string& path) -> Result<std::optional<std::string>> {
    auto text = read_file(root / path, source_limit);
    if (text) return std::optional(*std::move(text));
    if (text.error().code == Errc::not_found) return std::optional<std::string>();
    return std::move(text).error();
  };
}

fs::path own_list(const Project& project) { return project.state_directory() / "packages"; }

Result<std::string> own_packages(const Project& project) {
  auto text = read_file(own_list(project), 1 << 20);
  if (!text && text.error().code == Errc::not_found) return std::string();
  return text;
}

// The packages of the imports that our own file does not name.
std::vector<std::string> not_in(const ScanReport& scan, const std::string& requirements) {
  const auto names = deps::required_names(requirements);
  std::vector<std::string> missing;
  for (const auto& package : scan.packages) {
    const auto name = deps::normalized(deps::requirement_name(package.requirement));
    if (!package.optional && std::ranges::find(names, name) == names.end())
      missing.push_back(package.requirement);
  }
  return missing;
}

}  // namespace

Result<ScanReport> scan_imports(const Project& project) {
  LIBRE_TRY(const auto selection, sync::select_files(project, {}));
  std::vector<deps::SourceFile> files;
  std::vector<std::string> unreadable;
  for (const auto& path : selection.paths) {
    if (!path.ends_with(".py") && !path.ends_with(".pyw") && !path.ends_with(".ipynb")) continue;
    auto text = read_file(project.root / path, source_limit);
    if (text)
      files.push_back({path, *std::move(text)});
    else if (text.error().code != Errc::not_found)
      unreadable.push_back(path + ": " + text.error().cause);
  }
  auto report = deps::scan_sources(files, std::nullopt);
  report.unreadable.insert(report.unreadable.end(), unreadable.begin(), unreadable.end());
  return report;
}

Result<RequirementsReport> write_requirements(const Project& project,
                                              const RequirementsOptions& options) {
  LIBRE_TRY(const auto chosen, deps::choose_source(reader(project)));
  RequirementsReport report{.source = chosen.source, .file = chosen.file};
  const bool ours = chosen.source == DependencySource::generated;
  const bool none = chosen.source == DependencySource::nothing;
  if (!ours && !none) {
    if (options.refresh)
      return Error{Errc::exists, chosen.file + " is yours, so it is not written anew",
                   "only a requirements.txt that re wrote is, which its first line says"};
    return report;
  }
  LIBRE_TRY(report.scan, scan_imports(project));
  const auto file = project.root / "requirements.txt";
  if (ours && !options.refresh) {
    LIBRE_TRY(const auto text, read_file(file, source_limit));
    report.missing = not_in(report.scan, text);
    return report;
  }
  if (none && report.scan.packages.empty()) return report;
  LIBRE_CHECK(write_file_atomic(file, deps::generated_requirements(report.scan), 0644));
  report.written = true;
  report.source = DependencySource::generated;
  report.file = "requirements.txt";
  return report;
}

Result<std::string> packages_with(const Project& project, const std::vector<std::string>& words) {
  LIBRE_TRY(const auto wanted, deps::typed_requirements(words));
  LIBRE_TRY(const auto known, own_packages(project));
  std::string text;
  for (const auto& line : split_lines(known)) {
    const auto name = deps::normalized(deps::requirement_name(line));
    const bool again = std::ranges::any_of(wanted, [&](const std::string& requirement) {
      return deps::normalized(deps::requirement_name(requirement)) == name;
    });
    if (!again) text += line + "\n";
  }
  for (const auto& requirement : wanted) text += requirement + "\n";
  return text;
}

Result<void> write_packages(const Project& project, const std::string& packages) {
  return write_file_atomic(own_list(project), packages, 0644);
}

Result<Dependencies> read_dependencies(const Project& project, const InstanceConfig& instance,
                                       const std::optional<std::string>& packages) {
  auto list = packages ? Result<std::string>(*packages) : own_packages(project);
  LIBRE_CHECK(list);
  return deps::dependencies(reader(project), *std::move(list), instance.python);
}

}  // namespace libre
