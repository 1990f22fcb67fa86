#include "deps/dependency_source.hpp"

namespace libre {

const char* name_of(DependencySource source) {
  switch (source) {
    case DependencySource::uv_lock:
      return "uv_lock";
    case DependencySource::conda:
      return "conda";
    case DependencySource::requirements:
      return "requirements";
    case DependencySource::pyproject:
      return "pyproject";
    case DependencySource::setup:
      return "setup";
    case DependencySource::generated:
      return "generated";
    case DependencySource::nothing:
      break;
  }
  return "nothing";
}

}  // namespace libre

namespace libre::deps {

DependencySource source_named(std::string_view name) {
  for (const auto source :
       {DependencySource::uv_lock, DependencySource::conda, DependencySource::requirements,
        DependencySource::pyproject, DependencySource::setup, DependencySource::generated})
    if (name == name_of(source)) return source;
  return DependencySource::nothing;
}

}  // namespace libre::deps
