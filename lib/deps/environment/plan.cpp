#include "deps/environment/plan.hpp"

#include <charconv>

namespace libre::deps {
namespace {

using Words = std::vector<std::string>;

Words operator+(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// pip can install into another Python than its own since 22.3.
bool pip_reaches_others(const std::string& version) {
  int major = 0, minor = 0;
  const auto* end = version.data() + version.size();
  const auto first = std::from_chars(version.data(), end, major);
  if (first.ec == std::errc() && first.ptr != end) std::from_chars(first.ptr + 1, end, minor);
  return major > 22 || (major == 22 && minor >= 3);
}

class Planner {
 public:
  Planner(const Machine& machine, const BuildRequest& request)
      : machine_(machine), request_(request) {}

  Result<BuildPlan> plan() {
    if (request_.python == "system")
      LIBRE_CHECK(system());
    else if (request_.source == DependencySource::conda)
      LIBRE_CHECK(conda());
    else if (!machine_.uv.empty())
      uv();
    else
      LIBRE_CHECK(venv());
    return std::move(plan_);
  }

 private:
  void step(std::string what, Words argv, std::map<std::string, std::string> environment = {}) {
    plan_.steps.push_back({std::move(what), std::move(argv), std::move(environment)});
  }
  std::string env_python() const { return request_.directory + "/bin/python"; }
  std::string asked(const char* name) const { return request_.asked + "/" + name; }

  // What pip and `uv pip` alike are told to install.
  Words wanted() const {
    Words words;
    switch (request_.source) {
      case DependencySource::requirements:
      case DependencySource::generated:
        words = {"-r", asked("requirements.txt")};
        break;
      case DependencySource::uv_lock:
      case DependencySource::pyproject:
      case DependencySource::setup:
        words = {"-e", request_.project};
        break;
      case DependencySource::conda:
      case DependencySource::nothing:
        break;
    }
    return words + packages();
  }
  Words packages() const {
    return request_.packages ? Words{"-r", asked("packages.txt")} : Words{};
  }
  Words from_where() const {
    return request_.wheels.empty() ? Words{} : Words{"--no-index", "--find-links", request_.wheels};
  }

  void install(const Words& installer, const Words& what) {
    if (!what.empty()) step("installing", installer + from_where() + what);
  }

  Result<void> system() {
    const auto& python = machine_.python;
    plan_.made_by = "system";
    if (request_.source == DependencySource::conda)
      return Error{Errc::unsupported,
                   "python = system cannot be made of an environment.yml",
                   {},
                   "leave `python` out of the configuration"};
    if (python.managed)
      return Error{Errc::unsupported, "the system's Python refuses packages for users",
                   python.program + " is managed by its distribution (PEP 668)",
                   "leave `python = system` out of the configuration: the project then gets an "
                   "environment of its own"};
    if (python.pip.empty()) return no_pip();
    install({python.program, "-m", "pip", "install", "--user"}, wanted());
    return {};
  }

  Result<void> conda() {
    plan_.made_by = "conda";
    if (machine_.conda.empty())
      return Error{Errc::unsupported, request_.file + " needs conda, mamba or micromamba",
                   "none of them is on PATH there, nor in the home directory",
                   "install micromamba there (it needs no root), or write a requirements.txt"};
    const bool micro = machine_.conda.ends_with("micromamba");
    const Words create =
        micro ? Words{machine_.conda, "create", "--yes"} : Words{machine_.conda, "env", "create"};
    step("making an environment with " + machine_.conda,
         create + Words{"--prefix", request_.directory, "--file", asked(request_.file.c_str())});
    install({env_python(), "-m", "pip", "install"}, packages());
    return {};
  }

  void uv() {
    plan_.made_by = "uv";
    const auto& chosen = request_.python.empty() ? machine_.python.program : request_.python;
    step("making a virtual environment with uv",
         Words{machine_.uv, "venv", "--quiet"} +
             (chosen.empty() ? Words{} : Words{"--python", chosen}) + Words{request_.directory});
    const Words pip = {machine_.uv, "pip", "install", "--python", env_python()};
    if (request_.source != DependencySource::uv_lock) return install(pip, wanted());
    step("installing what uv.lock says",
         {machine_.uv, "sync", "--frozen", "--inexact", "--project", request_.project},
         {{"UV_PROJECT_ENVIRONMENT", request_.directory}});
    install(pip, packages());
  }

  Result<void> venv() {
    plan_.made_by = "venv";
    const auto& python = machine_.python;
    if (request_.source == DependencySource::uv_lock)
      plan_.notes.push_back(
          "uv is not on this machine, so pyproject.toml counts and not the versions of uv.lock");
    if (!python.venv && !pip_reaches_others(python.pip)) return no_pip();
    const std::string what =
        "making a virtual environment with " + python.program + " " + python.version;
    if (python.venv) {
      step(what, {python.program, "-m", "venv", request_.directory});
      install({env_python(), "-m", "pip", "install"}, wanted());
      return {};
    }
    // Debian without python3-venv: what is missing is the copy of pip that goes into the environment.
    step(what, {python.program, "-m", "venv", "--without-pip", request_.directory});
    install({python.program, "-m", "pip", "--python", env_python(), "install"}, wanted());
    return {};
  }

  Error no_pip() const {
    return {Errc::unsupported, machine_.python.program + " can make no environment",
            "it comes without pip, or without venv and with a pip older than 22.3",
            "install uv there, which needs no root, or ask for the package python3-venv"};
  }

  const Machine& machine_;
  const BuildRequest& request_;
  BuildPlan plan_{};
};

}  // namespace

Result<BuildPlan> plan_build(const Machine& machine, const BuildRequest& request) {
  return Planner(machine, request).plan();
}

}  // namespace libre::deps
