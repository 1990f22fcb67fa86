// Shared by the ssh tests: a prompter with prepared answers, an observer that remembers, a target.
#pragma once
#include <deque>
#include <libre/observer.hpp>
#include <string>
#include <vector>

#include "support/patience.hpp"
#include "support/sshd.hpp"
#include "transport/ssh/ssh_transport.hpp"

namespace libre::testing {

class ScriptedPrompter final : public Prompter {
 public:
  std::deque<std::string> secrets{};
  bool yes = false;
  std::vector<std::string> asked{};
  Result<std::string> secret(const std::string& prompt) override {
    asked.push_back(prompt);
    if (secrets.empty()) return Error{Errc::usage, "no more answers"};
    auto answer = secrets.front();
    secrets.pop_front();
    return answer;
  }
  Result<std::string> line(const std::string& prompt) override { return secret(prompt); }
  Result<bool> confirm(const std::string& question) override {
    asked.push_back(question);
    return yes;
  }
};

class Notes final : public Observer {
 public:
  std::string text{};
  void status(const std::string& line) override { text += line + "\n"; }
  void notice(const std::string& line) override { text += line + "\n"; }
};

// A client's home of its own, with the server's key in known_hosts.
struct Client {
  ScratchDirectory directory{};
  std::string agent{};  // $SSH_AUTH_SOCK
  std::filesystem::path home() const { return directory.path(); }
  transport::SshPlaces places() const {
    return {
        [home = home().string(), agent = agent](const char* name) -> std::optional<std::string> {
          if (std::string(name) == "HOME") return home;
          if (std::string(name) == "SSH_AUTH_SOCK" && !agent.empty()) return agent;
          return std::nullopt;
        },
        home() / "no-system-config"};
  }
  void config(const std::string& text) const { put(".ssh/config", text); }
  void put(const std::string& name, const std::string& text) const;
};

Result<std::unique_ptr<transport::SshTransport>> connect(const Client& client,
                                                         const InstanceConfig& instance,
                                                         const transport::ConnectHooks& hooks = {});

std::string read_all(Stream& stream);
std::string output_of(transport::SshTransport& transport, const std::string& command);

}  // namespace libre::testing
