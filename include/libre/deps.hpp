// What a Python project needs, and its environment on an instance.
//
//   auto report = libre::write_requirements(project, {});          // from its imports, where it says nothing
//   auto wanted = libre::read_dependencies(project, instance.config());
//   auto ready = instance.prepare(project, *wanted, {});            // code and environment, one exchange
//   if (!ready->environment.ready) instance.install(project, *wanted, {}, print);
//
// docs/dependencies.md tells which file wins and where the environment lies.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <libre/config.hpp>
#include <libre/project.hpp>
#include <libre/result.hpp>
#include <libre/sync.hpp>

namespace libre {

// A package that the imports of a project ask for.
struct NeededPackage {
  std::string
      requirement{};     // "scikit-learn"; with a specifier where a notebook's %pip install has one
  std::string module{};  // the import: "sklearn.svm"
  std::string file{};    // where it is first imported, relative to the project …
  int line = 0;          // … and in which line (of a notebook: of its code)
  bool guessed = false;  // no table knows the import; the package may be named differently
  bool optional = false;  // the program goes on without it
};

struct ScanReport {
  std::vector<NeededPackage> packages{};
  std::vector<std::string>
      unresolved{};  // imports that no package brings: "detectron2 (train.py:3)"
  std::vector<std::string> unreadable{};  // files that are not what their name says
  std::uint64_t files = 0;
};

// What the project's Python files import, but for the standard library and its own modules.
Result<ScanReport> scan_imports(const Project& project);

// The file that says what a project needs. Those above win over those below.
enum class DependencySource {
  uv_lock,       // uv.lock beside pyproject.toml
  conda,         // environment.yml, environment.yaml
  requirements,  // requirements.txt
  pyproject,     // pyproject.toml with a [project] or [tool.poetry]
  setup,         // setup.cfg with [options], setup.py
  generated,     // a requirements.txt that write_requirements made
  nothing,
};
const char* name_of(DependencySource source);

struct RequirementsOptions {
  bool refresh = false;  // also where a file of ours is there already
};
struct RequirementsReport {
  DependencySource source = DependencySource::nothing;  // what counts now
  std::string file{};                                   // its name; "" for nothing
  bool written = false;                                 // by this call
  ScanReport scan{};                   // of a project without files of its own for this
  std::vector<std::string> missing{};  // packages that are imported and not in our own file
};

// Where the project has no file that says what it needs, writes requirements.txt from its imports, with a
// marker in its first line. A file without that marker is never touched. Errc::exists where `refresh` was asked
// for and the file in the way is the user's.
Result<RequirementsReport> write_requirements(const Project& project,
                                              const RequirementsOptions& options);

// The project's own list, .recompute/packages: requirements that are installed beside what its files say, one a
// line, as they were typed. This is its text with those that `words` name; one word may name several ("torch>=2
// tqdm"), and one that is there already gets its new line. Errc::usage where one looks like an option or a file.
Result<std::string> packages_with(const Project& project, const std::vector<std::string>& words);
Result<void> write_packages(const Project& project, const std::string& packages);

// What is to be installed, as a value: two that have the same id make the same environment.
struct Dependencies {
  DependencySource source = DependencySource::nothing;
  std::string id{};      // a digest of all below
  std::string python{};  // a path, a version ("3.12"), "system", or "" for python3
  std::map<std::string, std::string>
      files{};  // name → content: the file that counts, those it includes,
                // and "packages.txt" with the project's own list
  bool empty() const { return files.empty(); }
};
// With `packages` instead of what .recompute/packages says, where given.
Result<Dependencies> read_dependencies(const Project& project, const InstanceConfig& instance,
                                       const std::optional<std::string>& packages = {});

// A project's environment on an instance.
struct EnvironmentInfo {
  bool ready = false;          // there, whole, and the one that new jobs of the project get
  std::string directory{};     // absolute; "" where it is not ready
  std::string python{};        // "3.11.2", or what python = system has
  std::uint64_t building = 0;  // a job that makes it right now
};

struct InstallOptions {
  bool rebuild = false;  // make it anew, also where it is ready
  bool via_laptop =
      false;  // the instance has no way to the index: fetch wheels here and bring them
};

struct Prepared {
  SyncReport sync{};
  EnvironmentInfo environment{};
  std::string mirror{};  // absolute
};

}  // namespace libre
