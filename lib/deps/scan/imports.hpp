// Which modules a Python source imports, and how much it needs them. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace libre::deps {

struct Import {
  enum class Need {
    required,
    optional,  // the program goes on without it: try … except ImportError, importorskip
    typing,    // only under `if TYPE_CHECKING`
  };
  std::string module{};              // "a.b" as it stands there; never relative
  std::vector<std::string> names{};  // of `from module import …`: any of them may be a module
  Need need = Need::required;
  // Imports of one number in one source stand in for each other: the body of a try and what its except
  // imports instead, or the branches of an `if` over sys.version_info. 0 = it stands for itself.
  int choice = 0;
  int branch = 0;  // which of them, in the order in which Python would try them
  int line = 0;
};

// All of them in the order of the source, also those in functions, and those that are named by a literal in
// importlib.import_module("…") and __import__("…").
std::vector<Import> find_imports(std::string_view source);

}  // namespace libre::deps
