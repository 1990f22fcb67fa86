// The scanner against a table of the forms that imports take in the wild.
#include <doctest/doctest.h>

#include "base/text.hpp"
#include "deps/scan/imports.hpp"

using namespace libre;
using namespace libre::deps;

namespace {

// "a.b(x,y)" for each import, with ? for optional, T for typing, /1.0 for branch 0 of choice 1.
std::string found(std::string_view source) {
  std::vector<std::string> words;
  for (const auto& import : find_imports(source)) {
    std::string word = import.module;
    if (!import.names.empty()) word += "(" + join(import.names, ",") + ")";
    if (import.need == Import::Need::optional) word += "?";
    if (import.need == Import::Need::typing) word += "T";
    if (import.choice > 0)
      word += "/" + std::to_string(import.choice) + "." + std::to_string(import.branch);
    words.push_back(word);
  }
  return join(words, " ");
}

struct Form {
  const char* source;
  const char* imports;
};

void check_all(std::initializer_list<Form> forms) {
  for (const auto& [source, imports] : forms) {
    CAPTURE(source);
    CHECK(found(source) == imports);
  }
}

}  // namespace

TEST_CASE("every form of the import statement is found") {
  check_all({
      {"import a", "a"},
      {"import a.b.c", "a.b.c"},
      {"import a as x, b.c as y , d", "a b.c d"},
      {"from a import b", "a(b)"},
      {"from a.b import c as d, e", "a.b(c,e)"},
      {"from a import (b,\n   c as d, # why\n   e,\n)", "a(b,c,e)"},
      {"from a import *", "a"},
      {"from a import b, \\\n  c", "a(b,c)"},
      {"import a; import b ;from c import d", "a b c(d)"},
      {"from . import a", ""},
      {"from .a import b", ""},
      {"from ...a.b import c", ""},
      {"from .import a", ""},
      {"def f():\n\timport a\n\treturn a", "a"},
      {"class A: import a", "a"},
      {"if x: import a\nelse: import b", "a b"},
      {"for i in y: import a", "a"},
      {"with open('x') as f: import a", "a"},
      {"async def f():\n    async with g() as h:\n        import a", "a"},
      {"import a\r\nimport b\r\n", "a b"},
      {"\xef\xbb\xbfimport a", "a"},
      {"import \xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9"},
      {"import a.b as c; x = [\n1,\n2]\nimport d", "a.b d"},
      {"from __future__ import annotations\nimport a", "__future__(annotations) a"},
      {"match x:\n    case 1:\n        import a\n    case _: import b", "a b"},
      {"type X[T] = list[T]\ndef f[T: (int, str) = int](x: T): import a", "a"},
  });
}

TEST_CASE("imports by name are found where the name is a literal") {
  check_all({
      {"importlib.import_module('a.b')", "a.b"},
      {"x = import_module(\"a\").y", "a"},
      {"m = __import__('a')", "a"},
      {"__import__('a', globals())", "a"},
      {"import_module(name)", ""},
      {"import_module('a' + b)", ""},
      {"import_module(f'a{b}')", ""},
      {"import_module('.a', package='b')", ""},
      {"def f():\n  return importlib.import_module(r'a')", "a"},
      {"np = pytest.importorskip('numpy')", "numpy?"},
  });
}

TEST_CASE("what only looks like an import is none") {
  check_all({
      {"'''\nimport a\n'''", ""},
      {"x = 'import a'", ""},
      {"\"\"\"doc\nfrom a import b\n\"\"\"\nimport c", "c"},
      {"# import a", ""},
      {"x = '#'; import a", "a"},
      {"x = r'\\'; import a", ""},  // the backslash keeps the quote: a string that is not closed
      {"x = '\\''\nimport a", "a"},
      {"x = f\"{y['k']}\"\nimport a", "a"},
      {"x = f\"{y[\"k\"]} {'''import b'''}\"\nimport a", "a"},
      {"x = f'{y:%H:%M\"}'\nimport a", "a"},
      {"x = f'{{import a}} {y!r:>{w}}'\nimport b", "b"},
      {"x = rb'import a' \"import b\"", ""},
      {"yield from x", ""},
      {"raise E from e", ""},
      {"importance = 1; imports = 2", ""},
      {"from a", ""},
      {"import", ""},
      {"t\"{import_}\"\nimport a", "a"},
  });
}

TEST_CASE("a broken source still shows what it imports") {
  check_all({
      {"x = (1,\nimport a\ndef f(: pass\nimport b", "a b"},
      {"print 'python 2'\nimport a", "a"},
      {"x = 'not closed\nimport a", "a"},
      {"import a\n'''never closed\nimport b", "a"},
      {"x = f\"{y\nimport a", "a"},
      {")]}\nimport a", "a"},
      {std::string("import a\0import b", 17).c_str(), "a"},
  });
}

TEST_CASE("strings in strings without end are no danger") {
  std::string source;
  for (int i = 0; i < 200'000; ++i) source += "f'{f\"{";
  CHECK(found(source + "\nimport a") == "a");
}

TEST_CASE("a two-byte letter of an East Asian encoding hides no quote") {
  // In Shift JIS the second byte of 0x83 0x5c is a backslash.
  CHECK(found("# -*- coding: shift_jis -*-\nx = '\x83\x5c'\nimport a") == "a");
  CHECK(found("#!/usr/bin/python\n# vim: set fileencoding=cp932 :\nx = '\x83\x5c'\nimport a") ==
        "a");
  CHECK(found("# coding=latin-1\nx = '\xe9'\nimport a") == "a");
}

TEST_CASE("a fallback for an import that fails is told from a need") {
  check_all({
      {"try:\n  import a\nexcept ImportError:\n  a = None", "a?"},
      {"try: import a\nexcept ImportError: a = None", "a?"},
      {"try:\n  import a\nexcept (ImportError, AttributeError) as e:\n  import b as a",
       "a/1.0 b/1.1"},
      {"try:\n  import a\nexcept ModuleNotFoundError:\n  pass\nelse:\n  import c\nfinally:\n  "
       "import d",
       "a? c d"},
      {"try:\n  import a\nexcept ImportError:\n  raise SystemExit('pip install a')", "a"},
      {"try:\n  import a\nexcept ImportError:\n  print('no a'); sys.exit(1)", "a"},
      {"try:\n  import a\nexcept ImportError:\n  try:\n    import b\n  except ImportError:\n    "
       "import c",
       "a/1.0 b/1.1 c/1.2"},
      {"try:\n  import a\nexcept ValueError:\n  import b", "a b"},
      {"try:\n  import a\nfinally:\n  f()", "a"},
      {"try:\n  import a\n  HAS_A = True\nexcept Exception:\n  HAS_A = False", "a?"},
      {"try:\n  import a\n  a.run()\nexcept Exception as e:\n  print(e)", "a"},
      {"try:\n  import a\nexcept:\n  import b", "a/1.0 b/1.1"},
      {"try:\n  import a\nexcept* ImportError:\n  a = None", "a?"},
      {"def f():\n  try:\n    import a\n  except ImportError:\n    a = None\n  import b\nimport c",
       "a? b c"},
      {"try:\n  from a import x\n  from b import y\nexcept ImportError:\n  from c import x, y",
       "a(x)/1.0 b(y)/1.0 c(x,y)/1.1"},
  });
}

TEST_CASE("imports for type checkers and for versions of Python stand apart") {
  check_all({
      {"if TYPE_CHECKING:\n  import a\nimport b", "aT b"},
      {"if typing.TYPE_CHECKING:\n  from a import x\nelse:\n  x = object", "a(x)T"},
      {"if TYPE_CHECKING: import a", "aT"},
      {"if not TYPE_CHECKING:\n  import a", "a"},
      {"if sys.version_info >= (3, 11):\n  import tomllib\nelse:\n  import tomli as tomllib",
       "tomllib/1.0 tomli/1.1"},
      {"if sys.version_info[0] == 2:\n  import a\nimport b", "a b"},
      {"if six.PY2:\n  import a\nelif six.PY3:\n  import b\nelse:\n  import c",
       "a/1.0 b/1.1 c/1.2"},
      {"if x:\n  if TYPE_CHECKING:\n    import a\n  import b", "aT b"},
  });
}

TEST_CASE("the line of an import is that of its statement") {
  const auto imports =
      find_imports("\n\nx = '''\n\n'''\nimport a\nfrom b import (\n  c,\n)\nimport d");
  REQUIRE(imports.size() == 3);
  CHECK(imports[0].line == 6);
  CHECK(imports[1].line == 7);
  CHECK(imports[2].line == 10);
}
