#include "world.hpp"

#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <stdexcept>

#include "base/files.hpp"
#include "base/random.hpp"
#include "base/text.hpp"

namespace libre::testing {
namespace fs = std::filesystem;

const std::vector<std::string>& login_shells() {
  static const std::vector<std::string> shells = {"bash", "zsh", "fish", "tcsh", "dash", "busybox"};
  return shells;
}

Tmpfs::Tmpfs(fs::path path, unsigned long flags, const std::string& data) : path_(std::move(path)) {
  fs::create_directories(path_);
  if (::mount("tmpfs", path_.c_str(), "tmpfs", flags, data.c_str()) != 0)
    throw std::runtime_error("cannot mount a tmpfs; this test needs root");
}
Tmpfs::~Tmpfs() { ::umount2(path_.c_str(), MNT_DETACH); }
void Tmpfs::make_read_only() {
  if (::mount("tmpfs", path_.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, "") != 0)
    throw std::runtime_error("cannot remount a tmpfs");
}

World::World(const std::string& shell_name, std::size_t padding)
    : shell("/usr/bin/" + shell_name), root_(fs::path("/tmp") / ("re-world-" + random_id(8))) {
  fs::create_directories(home());
  fs::permissions(root_, fs::perms::owner_all);
  if (shell_name == "busybox") {
    fs::create_symlink("/usr/bin/busybox", root_ / "sh");
    shell = (root_ / "sh").string();
  }
  // SSH_CLIENT is what makes bash read .bashrc, as it does under sshd.
  environment = {"HOME=" + home().string(), "PATH=/usr/bin:/bin", "SSH_CLIENT=127.0.0.1 1 22"};
  make_agent(padding);
}

World::~World() {
  std::error_code ignored;
  fs::remove_all(root_, ignored);
  for (const auto* shared : {"/var/tmp", "/tmp"})
    fs::remove_all(
        fs::path(shared) / ("re-" + std::to_string(::getuid())) / "agent" / options.bundle.identity,
        ignored);
}

void World::make_agent(std::size_t padding) {
  const auto socket = (root_ / "agent.sock").string();
  listener_ = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket.data(), socket.size());
  if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_.get(), 16) != 0)
    throw std::runtime_error("cannot listen on " + socket);
  std::string text = fmt::format(
      "#!/bin/sh\necho \"$@\" >>{0}/calls\ncase $1 in\nversion) echo re-agent 9.9.9;;\n"
      "start) echo \"$5 agent {{\\\"socket\\\":\\\"{0}/agent.sock\\\",\\\"home\\\":\\\"$HOME\\\","
      "\\\"uid\\\":7,\\\"host\\\":\\\"fake\\\"}}\";;\n"
      "connect) echo \"$5 stream\"; exec cat;;\nesac\nexit 0\n",
      root_.string());
  std::uint32_t seed = 1;
  for (std::size_t i = 0; i < padding; ++i) {
    seed = seed * 1664525 + 1013904223;
    text += static_cast<char>(seed >> 24);
  }
  write("bundled-agent", text);
  fs::permissions(root_ / "bundled-agent", fs::perms::owner_all);
  options.bundle = *bootstrap::bundle_of(root_ / "bundled-agent", "linux-x86_64", "9.9.9");
}

void World::write(const std::string& relative, const std::string& content) const {
  fs::create_directories((root_ / relative).parent_path());
  std::ofstream(root_ / relative, std::ios::binary) << content;
}

std::string World::rc_file() const {
  const auto name = fs::path(shell).filename().string();
  if (name == "bash") return "home/.bashrc";
  if (name == "zsh") return "home/.zshenv";
  if (name == "fish") return "home/.config/fish/config.fish";
  if (name == "tcsh") return "home/.tcshrc";
  return {};  // dash and busybox sh read nothing where they are given a command
}

std::size_t World::runs(const std::string& verb) const {
  std::size_t count = 0;
  if (const auto calls = read_file(root_ / "calls"))
    for (const auto& line : split_lines(*calls)) count += line.starts_with(verb);
  return count;
}

std::string World::last_arguments() const {
  const auto calls = read_file(root_ / "calls");
  return calls && !calls->empty() ? split_lines(*calls).back() : std::string();
}

std::unique_ptr<transport::Transport> World::transport() const {
  return transport::make_local_transport({shell, environment, "/"});
}

Result<bootstrap::AgentLink> World::reach() const {
  return bootstrap::reach_agent(*transport(), options,
                                {.deadline = Deadline::after(std::chrono::seconds(30))});
}

bool echoes(Stream& stream) {
  const std::string sent("a\0b\nM stream\r\n'", 16);
  const Wait wait{.deadline = Deadline::after(std::chrono::seconds(10))};
  if (!stream.write(as_bytes(sent), wait)) return false;
  std::string received;
  while (received.size() < sent.size()) {
    std::byte buffer[64];
    const auto size = stream.read(buffer, wait);
    if (!size || *size == 0) return false;
    received += as_text(std::span(buffer, *size));
  }
  return received == sent;
}

Result<std::unique_ptr<Stream>> Variation::open_socket(const std::string& path, const Wait& wait) {
  if (socket_error != Errc::internal) return Error{socket_error, "open failed"};
  return inner_->open_socket(path, wait);
}

Result<std::unique_ptr<transport::CommandStream>> Variation::execute(const std::string& command,
                                                                     const Wait& wait) {
  commands.push_back(command);
  constexpr std::string_view usual = "exec /bin/sh ";
  if (posix_shell.empty() || !command.starts_with(usual)) return inner_->execute(command, wait);
  return inner_->execute("exec " + posix_shell + " " + command.substr(usual.size()), wait);
}

}  // namespace libre::testing
