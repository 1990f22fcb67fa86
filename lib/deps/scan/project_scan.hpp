// From a project's sources to the packages that it needs. Pure.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <libre/deps.hpp>

#include "deps/scan/imports.hpp"
#include "deps/scan/standard_library.hpp"

namespace libre::deps {

struct SourceFile {
  std::string path{};  // relative to the project, with '/'
  std::string content{};
};

// The project's own modules, so that nobody's package is taken for one of them.
class OwnModules {
 public:
  // `paths` of all its Python files.
  explicit OwnModules(const std::vector<std::string>& paths);

  // Whether `import module` in the file `from` may find one of the project's files: beside it, in a directory
  // above it, or in src/ there. Packages need no __init__.py.
  bool found_from(std::string_view from, std::string_view module) const;
  // Whether any file or package of the project has that name: enough not to take it for a stranger's.
  bool anywhere(std::string_view name) const { return names_.contains(name); }

 private:
  std::set<std::string, std::less<>> modules_, names_;
};

// Reads .py, .pyw and .ipynb files; others are passed over. `version`: the Python that is to run it, where
// that is known. Packages come sorted by name, each once, with the first place that needs them.
ScanReport scan_sources(const std::vector<SourceFile>& files, std::optional<PythonMinor> version);

}  // namespace libre::deps
