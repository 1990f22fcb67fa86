// What there is to know of a machine before one works on it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace libre::machine {

// A program on the PATH that jobs get.
struct Tool {
  std::string path{};     // "" = there is none
  std::string version{};  // as it says itself, "" = it says nothing
};

// What sshd_config says, where it can be read; the defaults of OpenSSH otherwise (sshd_config(5)).
struct ServerSettings {
  bool readable = false;
  int max_sessions = 10;
  bool use_dns = false;
  bool stream_local_forwarding = true;
  bool tcp_forwarding = true;
};

struct MachineFacts {
  std::string system{};  // "Linux 6.1.0 x86_64"
  double clock = 0;      // Unix time there, when the answer left
  std::string home{};
  bool home_writable = false;
  std::string home_problem{};                   // why not
  std::uint64_t disk_free = 0, disk_total = 0;  // bytes, of the file system of the home directory
  std::uint64_t inodes_free = 0, inodes_total = 0;  // of the same; a total of 0 = it has no limit
  std::string shell{};                              // the login shell
  double profile_seconds = 0;  // how long the login shell took to read the user's profile
  Tool python{};               // python3
  bool has_venv = false;       // … with venv and ensurepip, so that `python3 -m venv` works
  bool has_pip = false;
  Tool uv{};
  Tool nvidia_smi{};
  std::string gpu_driver{};  // version of the kernel's NVIDIA driver, "" = none is loaded
  ServerSettings server{};
};

}  // namespace libre::machine
