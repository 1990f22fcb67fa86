// From the name of an import to the package that brings it. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace libre::deps {

struct PackageName {
  enum class Source {
    table,    // known
    guess,    // nothing is known: the package may be named as the import is
    windows,  // only on Windows, so no instance has it
    nothing,  // part of something else, or a bare namespace: no package brings it
  };
  std::string package{};
  Source source = Source::guess;
};

// `module` as in `import a.b.c`, `names` as in `from a.b import names`. Packages that share a namespace
// (google.cloud.storage, azure.identity, ruamel.yaml) are told apart by the longest name that is known; so one
// import may need several.
std::vector<PackageName> packages_of(std::string_view module,
                                     const std::vector<std::string>& names);

// "Foo.Bar_baz" and "foo-bar-baz" are one package (PEP 503).
std::string normalized(std::string_view package);

}  // namespace libre::deps
