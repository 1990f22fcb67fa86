// A laptop with many machines: some real servers, each at as many loopback addresses as are wanted, and a
// configuration that names them.
#pragma once
#include <memory>

#include "base/fd.hpp"
#include "support/fake_gpus.hpp"
#include "support/home.hpp"
#include "support/sshd.hpp"

namespace libre::testing {

// A machine with a home, a server and (0 = none) GPUs of its own. It is at the `count` addresses from
// 127.0.1.`first` on; a server listens at no more than 15 of them.
struct Machine {
  explicit Machine(int gpu_count = 0, std::vector<std::string> config = {}, int first = 1,
                   int count = 1);
  Home home;
  std::unique_ptr<FakeGpus> gpus;  // on its PATH
  std::unique_ptr<Sshd> server;
  // On its LD_LIBRARY_PATH. Without a FakeNvml there the machine has no NVML.
  std::filesystem::path nvml_place() const { return home / "nvml"; }
};

class Fleet {
 public:
  Home laptop;
  std::filesystem::path project() const { return laptop / "work"; }

  Fleet();
  // One more instance: at 127.0.1.`last`, one of the machine's addresses.
  void add(const std::string& name, const Machine& machine, int last = 1,
           const std::string& more_lines = {});
  void add(const std::string& name, const std::string& host, int port,
           const std::string& more_lines = {});
  void forget_key_of(const Machine& machine, int last);

  Output re(
      std::vector<std::string> words) const;  // in the project; writes the configuration first
  pid_t start(std::vector<std::string> words, int out, int err) const;

  std::string general{};  // lines of [general]

 private:
  void write_configuration() const;
  std::string instances_, known_hosts_;
  int count_ = 0;
};

// A port that accepts and says nothing, and one where nobody is.
Fd silent_port(int& port);
int closed_port();

// The rows of a table whose first cell is `name`, with those below it whose first cell is empty.
std::vector<std::string> rows_of(const std::string& table, const std::string& name);

}  // namespace libre::testing
