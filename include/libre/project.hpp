// A project: a local directory with `.recompute/` in it.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include <libre/result.hpp>

namespace libre {

struct Project {
  std::filesystem::path root{};
  std::string name{};      // the directory's, or what `re init --name` said
  std::string id{};        // random, made once
  std::string instance{};  // the selector that `re init` stored; "" = the configuration's default
  std::string remote_home{};  // overrides the configuration's, from .recompute/config
  std::string select{};       // "" = everything git would not ignore; "python" = only *.py

  std::string log_file_name() const { return name + ".log"; }
  std::filesystem::path state_directory() const { return root / ".recompute"; }
};

// The project that contains `directory`: the nearest parent with `.recompute/`.
// Errc::not_found says what to do; nothing is changed.
Result<Project> find_project(const std::filesystem::path& directory);

struct InitOptions {
  std::string name{};
  std::string instance{};
  std::string remote_home{};
};

// Makes `directory` a project, or updates what is stored of one that is there already: of the options
// only those that are not empty. Refuses directories that nobody means: "/", the home directory.
Result<Project> init_project(const std::filesystem::path& directory, const InitOptions& options);

}  // namespace libre
