// What a machine has for making Python environments.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include <libre/result.hpp>

#include "base/wait.hpp"
#include "jobs/login_environment.hpp"

namespace libre::deps {

// A Python interpreter, as it tells of itself.
struct PythonFacts {
  std::string program{};         // its file; "" where there is none
  std::string version{};         // "3.11.2"
  std::string implementation{};  // "cpython"
  std::string machine{};         // "x86_64"
  std::string libc{};            // "glibc 2.36"
  std::string pip{};             // the version of its pip, "" for none
  bool venv = false;             // it can make virtual environments with pip in them
  bool managed = false;          // its distribution forbids to install into it (PEP 668)
};

struct Machine {
  std::string uv{};     // the program's file, "" for none
  std::string conda{};  // conda, mamba or micromamba
  PythonFacts python{};
};

// The file of `program` on the PATH of `variables`; "" where there is none.
std::string find_program(const jobs::Variables& variables, const std::string& program);

// Looks for everything; `python` is what the configuration says (a path, a version, "system", or "").
// Errc::not_found where it names a Python that is not there, unless uv can get it.
Result<Machine> look_at_machine(const jobs::Variables& variables, const std::string& python,
                                const Wait& wait);

// What PythonFacts are made of: "key=value" a line. Pure.
PythonFacts parse_python_facts(std::string_view text);

// Whether `python` names a version: "3", "3.12", "3.12.1".
bool is_python_version(std::string_view python);

}  // namespace libre::deps
