#include "support/fleet.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <stdexcept>

#include "base/files.hpp"
#include "base/text.hpp"

namespace libre::testing {
namespace fs = std::filesystem;

Machine::Machine(int gpu_count, std::vector<std::string> config, int first, int count) {
  std::string path = "/usr/local/bin:/usr/bin:/bin";
  if (gpu_count > 0) {
    gpus = std::make_unique<FakeGpus>(home / "driver", gpu_count);
    path = gpus->directory().string() + ":" + path;
  }
  // It ends the search for NVML, also where the machine that the test runs on has one.
  home.write("nvml/libnvidia-ml.so.1", "no library");
  SshdOptions options;
  options.remote_home = home.path();
  options.config = std::move(config);
  // The first SetEnv counts, and it must say it all. A key exchange that costs little: many log in at once.
  options.config.push_back(fmt::format("SetEnv HOME={} PATH={} LD_LIBRARY_PATH={}",
                                       home.path().string(), path, nvml_place().string()));
  options.config.push_back("KexAlgorithms curve25519-sha256");
  for (int last = first; last < first + count; ++last)
    options.config.push_back(fmt::format("ListenAddress 127.0.1.{}", last));
  server = std::make_unique<Sshd>(Sshd::start(options));
}

Fleet::Fleet() { fs::create_directories(project()); }

void Fleet::add(const std::string& name, const Machine& machine, int last,
                const std::string& more_lines) {
  const std::string host = fmt::format("127.0.1.{}", last);
  const auto key = read_file(machine.server->host_key().string() + ".pub").value_or("");
  known_hosts_ += fmt::format("[{}]:{} {}\n", host, machine.server->port(), trim(key));
  std::string lines = "username = " + machine.server->user() + "\n" + more_lines;
  if (more_lines.find("identity_file") == std::string::npos)
    lines += "identity_file = " + machine.server->key().string() + "\n";
  add(name, host, machine.server->port(), lines);
}

void Fleet::add(const std::string& name, const std::string& host, int port,
                const std::string& more_lines) {
  instances_ += fmt::format("[instance {}]\nname = {}\nhost = {}\nport = {}\n{}", count_++, name,
                            host, port, more_lines);
}

void Fleet::forget_key_of(const Machine& machine, int last) {
  const std::string begin = fmt::format("[127.0.1.{}]:{} ", last, machine.server->port());
  const auto at = known_hosts_.find(begin);
  if (at != std::string::npos) known_hosts_.erase(at, known_hosts_.find('\n', at) + 1 - at);
}

void Fleet::write_configuration() const {
  laptop.write(".recompute.conf", "[general]\n" + general + instances_);
  laptop.write(".ssh/known_hosts", known_hosts_);
}

Output Fleet::re(std::vector<std::string> words) const {
  write_configuration();
  words.insert(words.begin(), built_re().string());
  return laptop.run(std::move(words), project());
}

pid_t Fleet::start(std::vector<std::string> words, int out, int err) const {
  write_configuration();
  words.insert(words.begin(), built_re().string());
  return laptop.start(std::move(words), project(), -1, out, err);
}

namespace {

Fd bound_socket(int& port) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("no free port");
  port = ntohs(address.sin_port);
  return fd;
}

}  // namespace

Fd silent_port(int& port) {
  Fd fd = bound_socket(port);
  // The kernel accepts; nobody reads.
  if (::listen(fd.get(), 16) != 0) throw std::runtime_error("cannot listen");
  return fd;
}

int closed_port() {
  int port = 0;
  (void)bound_socket(port);
  return port;
}

std::vector<std::string> rows_of(const std::string& table, const std::string& name) {
  std::vector<std::string> rows;
  bool ours = false;
  for (const auto& line : split_lines(table)) {
    const auto cells = split(line, '|');
    if (cells.size() < 3) continue;
    const auto first = trim(cells[1]);
    ours = first == name || (ours && first.empty());
    if (ours) rows.push_back(line);
  }
  return rows;
}

}  // namespace libre::testing
