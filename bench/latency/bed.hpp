// The machine that all contenders talk to: a real sshd behind a network with a delay, a project on
// the laptop's side, and the commands of OpenSSH that do what `re` does.
#pragma once
#include <memory>

#include "support/evidence.hpp"
#include "support/laptop.hpp"
#include "support/tcp_proxy.hpp"

namespace libre::bench {

class Bed {
 public:
  Bed();
  ~Bed();

  void set_rtt(std::chrono::milliseconds rtt) { proxy_.set_delay(rtt / 2); }

  // All of these throw where the command fails.
  void re(std::vector<std::string> words) const;
  void forget_master() const;  // the next `re` connects anew

  void ssh(const std::string& command) const;         // a connection of its own
  void ssh_shared(const std::string& command) const;  // over the live ControlMaster
  void scp(const std::string& file, const std::string& to) const;
  void rsync_shared(const std::string& to) const;  // the project, over the live ControlMaster

  // Starts `ssh … command` without waiting; its output goes to `out`.
  pid_t start_ssh(const std::string& command, int out, bool shared) const;
  pid_t start_re(std::vector<std::string> words, int out) const;

  const testing::Laptop& laptop() const { return *laptop_; }
  std::uint64_t connections() const { return proxy_.connections(); }

 private:
  std::vector<std::string> ssh_words(bool shared) const;
  void run(std::vector<std::string> words) const;

  std::unique_ptr<testing::Laptop> laptop_;
  testing::TcpProxy proxy_;
};

}  // namespace libre::bench
