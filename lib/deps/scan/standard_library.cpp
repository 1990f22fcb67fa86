#include "deps/scan/standard_library.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace libre::deps {
namespace {

// Source: sys.stdlib_module_names of CPython 3.10.13, 3.11.7, 3.12.1 and 3.13.0; for 3.8.18 and 3.9.18, which
// do not have it, the modules in their library directories and those of other systems that the documentation
// names. Here stand those that all six have …
constexpr std::string_view always =
    R"(
    abc antigravity argparse array ast asyncio atexit base64 bdb binascii bisect builtins bz2
    cProfile calendar cmath cmd code codecs codeop collections colorsys compileall concurrent
    configparser contextlib contextvars copy copyreg csv ctypes curses dataclasses datetime dbm
    decimal difflib dis doctest email encodings ensurepip enum errno faulthandler fcntl filecmp
    fileinput fnmatch fractions ftplib functools gc genericpath getopt getpass gettext glob grp
    gzip hashlib heapq hmac html http idlelib imaplib importlib inspect io ipaddress itertools
    json keyword linecache locale logging lzma mailbox marshal math mimetypes mmap modulefinder
    msvcrt multiprocessing netrc nt ntpath nturl2path numbers opcode operator optparse os pathlib
    pdb pickle pickletools pkgutil platform plistlib poplib posix posixpath pprint profile pstats
    pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline reprlib
    resource rlcompleter runpy sched secrets select selectors shelve shlex shutil signal site
    smtplib socket socketserver sqlite3 sre_compile sre_constants sre_parse ssl stat statistics
    string stringprep struct subprocess symtable sys sysconfig syslog tabnanny tarfile tempfile
    termios test textwrap this threading time timeit tkinter token tokenize trace traceback
    tracemalloc tty turtle turtledemo types typing unicodedata unittest urllib uuid venv warnings
    wave weakref webbrowser winreg winsound wsgiref xml xmlrpc zipapp zipfile zipimport zlib
)";

// … and here those that came or went.
struct Span {
  std::string_view name;
  PythonMinor first, last;
};
constexpr Span some[] = {
    {"aifc", 8, 12},      {"asynchat", 8, 11},       {"asyncore", 8, 11},
    {"audioop", 8, 12},   {"binhex", 8, 10},         {"cgi", 8, 12},
    {"cgitb", 8, 12},     {"chunk", 8, 12},          {"crypt", 8, 12},
    {"distutils", 8, 11}, {"dummy_threading", 8, 8}, {"formatter", 8, 9},
    {"graphlib", 9, 13},  {"imghdr", 8, 12},         {"imp", 8, 11},
    {"lib2to3", 8, 12},   {"mailcap", 8, 12},        {"msilib", 8, 12},
    {"nis", 8, 12},       {"nntplib", 8, 12},        {"ossaudiodev", 8, 12},
    {"parser", 8, 9},     {"pipes", 8, 12},          {"smtpd", 8, 11},
    {"sndhdr", 8, 12},    {"spwd", 8, 12},           {"sunau", 8, 12},
    {"symbol", 8, 9},     {"telnetlib", 8, 12},      {"tomllib", 11, 13},
    {"uu", 8, 12},        {"xdrlib", 8, 12},         {"zoneinfo", 9, 13},
};

}  // namespace

bool is_standard_module(std::string_view name, std::optional<PythonMinor> version) {
  if (name.starts_with('_')) return true;
  for (const auto& line : split_lines(always))
    for (const auto& word : split(line, ' '))
      if (word == name) return true;
  // What comes after the newest that we know is like that one.
  const auto wanted = version ? std::optional(std::clamp(*version, 8, 13)) : version;
  return std::ranges::any_of(some, [&](const Span& span) {
    return span.name == name && (!wanted || (*wanted >= span.first && *wanted <= span.last));
  });
}

}  // namespace libre::deps
