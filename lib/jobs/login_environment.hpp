// The environment that a user has after logging in, as their shell and its profile files make it.
//
// It is asked of the shell itself: a login shell is told to run `re-agent print-environment
// MARKER`, which prints its own environment between two unguessable markers. So it does not matter
// which shell it is (bash, zsh, fish, tcsh, dash, busybox sh work), nor what its files print. It is
// asked interactively first, because many people put PATH and conda behind "if interactive" in
// their rc files; where that gives nothing (the rc file execs another shell, say), not
// interactively; and where that gives nothing either, the environment stays what it was.
#pragma once
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/wait.hpp"

namespace libre::jobs {

using Variables = std::vector<std::string>;  // "K=V", each K once

// Value of a variable, "" where it is not set.
std::string get_variable(const Variables& variables, std::string_view name);
void set_variable(Variables& variables, std::string_view name, std::string_view value);
void drop_variable(Variables& variables, std::string_view name);
Variables own_variables();  // of this process

struct LoginEnvironment {
  Variables variables{};
  std::string shell{};  // absolute
  // Options that make the shell leave its rc files alone when it runs a command: the environment is
  // complete already, so they could only add noise to the log.
  std::vector<std::string> quiet_options{};
};

// The file of a shell that the user chose by path or by name (found on PATH). Errc::not_found where
// there is none that can be run.
Result<std::string> find_shell(const std::string& shell, const Variables& variables);

// `shell` is used instead of the login shell unless it is "". `inherited` is what the agent got
// from its own login: what belongs only to that login (SSH_*) is left out. Takes as long as the
// user's profile; at most `patience` per attempt.
LoginEnvironment login_environment(const Variables& inherited, const std::filesystem::path& agent,
                                   std::chrono::milliseconds patience,
                                   const std::string& shell = {});

// How the shell is told to run `command` in an environment that is complete already. Pure.
std::vector<std::string> shell_command(const LoginEnvironment& login, const std::string& command);

// What `re-agent print-environment MARKER` prints, and its reading. Pure.
std::string print_environment(const std::string& marker, const Variables& variables);
std::optional<Variables> parse_environment(const std::string& marker, std::string_view output);

}  // namespace libre::jobs
