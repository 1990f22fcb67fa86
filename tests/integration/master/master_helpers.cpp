#include "master_helpers.hpp"

#include <signal.h>

#include "base/files.hpp"

namespace libre::testing {
namespace fs = std::filesystem;

std::vector<pid_t> masters_of(const Laptop& laptop) {
  std::vector<pid_t> masters;
  for (const pid_t pid : processes_of(laptop.home.path())) {
    std::error_code gone;
    const auto program = fs::read_symlink(fs::path("/proc") / std::to_string(pid) / "exe", gone);
    if (!gone && program.filename() == "libre-master") masters.push_back(pid);
  }
  return masters;
}

fs::path socket_of(const Laptop& laptop) {
  std::error_code failure;
  for (const auto& entry : fs::recursive_directory_iterator(laptop.home / "run", failure))
    if (entry.path().filename() == "master.sock") return entry.path();
  return {};
}

void end_masters(const Laptop& laptop) {
  for (const pid_t pid : masters_of(laptop)) ::kill(pid, SIGKILL);
  (void)eventually([&] { return masters_of(laptop).empty(); });
}

std::size_t logins(const Laptop& laptop) {
  return count_of(const_cast<Laptop&>(laptop).server().log(), "Accepted ");
}

}  // namespace libre::testing
