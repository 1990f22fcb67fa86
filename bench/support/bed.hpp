// The machine that all contenders talk to: a real sshd behind a network with a delay, a project on
// the laptop's side, and the commands of OpenSSH and rsync that do what `re` does.
#pragma once
#include <memory>

#include "support/evidence.hpp"
#include "support/laptop.hpp"
#include "support/tcp_proxy.hpp"

namespace libre::bench {

// What one command cost.
struct Cost {
  double milliseconds = 0;
  std::uint64_t wire_bytes = 0;   // both directions
  std::uint64_t peak_memory = 0;  // bytes; of the largest local process
};

class Bed {
 public:
  // The project is empty; `re init` has been run in it.
  Bed();
  ~Bed();

  void set_rtt(std::chrono::milliseconds rtt) { proxy_.set_delay(rtt / 2); }
  void set_bandwidth(std::uint64_t bytes_per_second) { proxy_.set_bandwidth(bytes_per_second); }

  // All of these throw where the command fails.
  Cost re(std::vector<std::string> words) const;
  void forget_master() const;  // the next `re` connects anew

  Cost ssh(const std::string& command) const;         // a connection of its own
  Cost ssh_shared(const std::string& command) const;  // over the live ControlMaster
  Cost scp(const std::string& file, const std::string& to) const;
  // The project, to a directory in the home over there; `more` are further options.
  Cost rsync(const std::string& to, bool shared, std::vector<std::string> more = {}) const;
  Cost tar(const std::string& to) const;

  // Starts `ssh … command` without waiting; its output goes to `out`.
  pid_t start_ssh(const std::string& command, int out, bool shared) const;
  pid_t start_re(std::vector<std::string> words, int out) const;

  // The largest memory that any agent over there has had so far, in bytes.
  std::uint64_t agent_peak_memory() const;

  const testing::Laptop& laptop() const { return *laptop_; }

 private:
  std::string at_instance(const std::string& path) const;
  std::vector<std::string> ssh_words(bool shared) const;
  Cost run(std::vector<std::string> words) const;

  std::unique_ptr<testing::Laptop> laptop_;
  testing::TcpProxy proxy_;
};

}  // namespace libre::bench
