#include "deps/environment/machine.hpp"

#include <unistd.h>

#include <filesystem>

#include "base/paths.hpp"
#include "base/process.hpp"
#include "base/text.hpp"

namespace libre::deps {
namespace {

constexpr char ask_python[] = R"(
import os, platform, sys, sysconfig
from importlib.util import find_spec
def say(key, value): print(key + "=" + str(value))
say("version", ".".join(map(str, sys.version_info[:3])))
say("implementation", sys.implementation.name)
say("machine", platform.machine())
say("libc", " ".join(platform.libc_ver()))
try:
    import pip
    say("pip", pip.__version__)
except Exception:
    pass
say("venv", int(bool(find_spec("venv") and find_spec("ensurepip"))))
marker = os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")
say("managed", int(sys.prefix == sys.base_prefix and os.path.exists(marker)))
)";

Result<PythonFacts> ask(const std::string& program, const jobs::Variables& variables,
                        const Wait& wait) {
  LIBRE_TRY(const auto output,
            run({.argv = {program, "-c", ask_python}, .environment = variables}, {}, wait));
  auto facts = parse_python_facts(output.out);
  facts.program = program;  // not sys.executable, which wrappers hide behind
  if (output.exit.ok() && !facts.version.empty()) return facts;
  const auto lines = split_lines(output.err);
  return Error{
      Errc::unsupported, program + " is no Python that can be used",
      lines.empty() ? "it says nothing about itself" : printable(lines.back()),
      "Python 3.8 or later is needed: name another one with `python = …` in the configuration"};
}

// conda installs itself into the home directory, and not always on PATH.
std::string find_conda(const jobs::Variables& variables) {
  for (const char* name : {"mamba", "conda", "micromamba"})
    if (auto found = find_program(variables, name); !found.empty()) return found;
  for (const char* name : {"MAMBA_EXE", "CONDA_EXE"}) {
    const auto file = jobs::get_variable(variables, name);
    if (!file.empty() && ::access(file.c_str(), X_OK) == 0) return file;
  }
  const std::filesystem::path home = jobs::get_variable(variables, "HOME");
  for (const char* folder : {"miniforge3", "mambaforge", "miniconda3", "anaconda3"})
    if (const auto file = home / folder / "bin/conda"; ::access(file.c_str(), X_OK) == 0)
      return file.string();
  return {};
}

}  // namespace

bool is_python_version(std::string_view python) {
  return python.starts_with('3') && (python.size() == 1 || python[1] == '.') &&
         python.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::string find_program(const jobs::Variables& variables, const std::string& program) {
  for (const auto& directory : split(jobs::get_variable(variables, "PATH"), ':')) {
    const auto file = std::filesystem::path(directory) / program;
    std::error_code failure;
    if (file.is_absolute() && ::access(file.c_str(), X_OK) == 0 &&
        std::filesystem::is_regular_file(file, failure))
      return file.string();
  }
  return {};
}

Result<Machine> look_at_machine(const jobs::Variables& variables, const std::string& python,
                                const Wait& wait) {
  Machine machine{find_program(variables, "uv"), find_conda(variables), {}};
  if (machine.uv.empty()) {
    const auto own = jobs::get_variable(variables, "HOME") + "/.local/bin/uv";
    if (::access(own.c_str(), X_OK) == 0) machine.uv = own;
  }
  const bool version = is_python_version(python);
  std::string program;
  if (version)
    program = find_program(variables, "python" + python);
  else if (python.empty() || python == "system")
    program = find_program(variables, "python3");
  else
    program = expand_tilde(python, jobs::get_variable(variables, "HOME")).string();
  if (program.find('/') == std::string::npos && !program.empty())
    program = find_program(variables, program);
  if (!program.empty()) {
    auto facts = ask(program, variables, wait);
    if (!facts && !(version && !machine.uv.empty())) return std::move(facts).error();
    if (facts) machine.python = *std::move(facts);
    return machine;
  }
  // uv brings Pythons of any version, conda brings its own.
  if ((version && !machine.uv.empty()) || (python.empty() && !(machine.uv + machine.conda).empty()))
    return machine;
  return Error{
      Errc::not_found,
      "there is no Python" + (python.empty() ? std::string(" 3") : " " + printable(python)) +
          " on this machine",
      {},
      "name one with `python = …` in the configuration, or install uv there, which needs no root"};
}

PythonFacts parse_python_facts(std::string_view text) {
  PythonFacts facts;
  for (const auto& line : split_lines(text)) {
    const auto equals = line.find('=');
    if (equals == std::string::npos) continue;
    const auto key = line.substr(0, equals), value = line.substr(equals + 1);
    if (key == "version") facts.version = value;
    if (key == "implementation") facts.implementation = value;
    if (key == "machine") facts.machine = value;
    if (key == "libc") facts.libc = value;
    if (key == "pip") facts.pip = value;
    if (key == "venv") facts.venv = value == "1";
    if (key == "managed") facts.managed = value == "1";
  }
  return facts;
}

}  // namespace libre::deps
