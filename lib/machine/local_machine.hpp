// The Machine that this program runs on. Any thread may call it.
#pragma once
#include <filesystem>
#include <mutex>

#include "machine/machine.hpp"

namespace libre::machine {

struct LocalMachineOptions {
  std::filesystem::path home{};
  std::filesystem::path agent{};  // the program that login_environment() has print the environment
  std::filesystem::path server_config = "/etc/ssh/sshd_config";
};

class LocalMachine final : public Machine {
 public:
  explicit LocalMachine(LocalMachineOptions options) : options_(std::move(options)) {}
  Result<MachineFacts> look(const Wait& wait) override;
  Result<KeyReport> authorize(const std::string& line, const Wait& wait) override;

 private:
  LocalMachineOptions options_;
  std::mutex authorizing_;  // of two keys at once none is lost: there is one agent for a user
};

}  // namespace libre::machine
