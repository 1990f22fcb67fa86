#include "support/sshd.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>

#include "base/files.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "support/material.hpp"
#include "support/tcp.hpp"

namespace libre::testing {
namespace fs = std::filesystem;
namespace {

void make_key(const fs::path& path) {
  fs::remove(path);
  fs::remove(path.string() + ".pub");
  checked_run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", path.string()});
}

std::string current_user() {
  const passwd* entry = ::getpwuid(::getuid());
  if (!entry) throw std::runtime_error("the current user has no name");
  return entry->pw_name;
}

}  // namespace

Sshd::Sshd(SshdOptions options) : options_(std::move(options)) {
  const bool self = options_.user.empty();
  if (self) options_.user = current_user();
  if (self && options_.remote_home.empty()) {
    options_.remote_home = directory() / "home";
    fs::create_directory(options_.remote_home);
  }
  make_key(host_key());
  make_key(key());
  put(directory() / "authorized_keys", content_of(key().string() + ".pub"));
  if (::getuid() == 0) fs::create_directories("/run/sshd");  // sshd's privilege separation wants it
  if (options_.keyboard_interactive) {
    // PAM's service name is the program's, so a link gives us one that touches nobody else's.
    pam_service_ = "re-test-" + directory().filename().string();
    fs::create_symlink("/usr/sbin/sshd", directory() / pam_service_);
    put("/etc/pam.d/" + pam_service_,
        "auth required pam_unix.so\naccount required pam_permit.so\nsession required "
        "pam_permit.so\n");
  }
}

Sshd::Sshd(Sshd&& other) noexcept
    : options_(std::move(other.options_)),
      directory_(std::move(other.directory_)),
      pam_service_(std::exchange(other.pam_service_, {})),
      port_(other.port_),
      pid_(std::exchange(other.pid_, -1)) {}

Sshd::~Sshd() {
  if (pid_ > 0) kill_descendants(pid_);
  stop();
  if (!pam_service_.empty()) fs::remove("/etc/pam.d/" + pam_service_);
}

Sshd Sshd::start(SshdOptions options) {
  Sshd server(std::move(options));
  for (int attempt = 0; attempt < 20; ++attempt) {
    server.port_ = free_port();
    server.write_config();
    if (!server.launch()) continue;  // somebody else took the port in between
    put(server.known_hosts(),
        fmt::format("[127.0.0.1]:{} {}", server.port_,
                    content_of(server.host_key().string() + ".pub")),
        0600);
    return server;
  }
  throw std::runtime_error("sshd does not start: " + server.log());
}

void Sshd::write_config() const {
  std::string text;
  for (const auto& line : options_.config) text += line + "\n";
  const auto yes = [](bool on) { return on ? "yes" : "no"; };
  text += fmt::format(
      "Port {}\nListenAddress 127.0.0.1\nHostKey {}\nPidFile none\nAuthorizedKeysFile {}\n"
      "StrictModes no\nUseDNS no\nPermitRootLogin yes\nPrintMotd no\nMaxStartups 200\nMaxSessions "
      "200\n"
      "UsePAM {}\nKbdInteractiveAuthentication {}\nPasswordAuthentication {}\nPubkeyAuthentication "
      "{}\n"
      "Subsystem sftp internal-sftp\n",
      port_, host_key().string(), (directory() / "authorized_keys").string(),
      yes(options_.keyboard_interactive), yes(options_.keyboard_interactive),
      yes(options_.password), yes(options_.public_key));
  if (!options_.remote_home.empty()) text += "SetEnv HOME=" + options_.remote_home.string() + "\n";
  put(directory() / "sshd_config", text);
}

std::string Sshd::executable() const {
  return pam_service_.empty() ? "/usr/sbin/sshd" : (directory() / pam_service_).string();
}

// Starts sshd and waits until it listens; false where it ended instead.
bool Sshd::launch() {
  fs::remove(directory() / "log");
  // --pdeathsig: a test program that crashes leaves no server behind.
  auto pid =
      spawn({.argv = {"setpriv", "--pdeathsig", "KILL", executable(), "-D", "-f",
                      (directory() / "sshd_config").string(), "-E", (directory() / "log").string()},
             .new_session = true});
  if (!pid) throw std::runtime_error(pid.error().describe());
  pid_ = *pid;
  const auto deadline = Deadline::after(std::chrono::seconds(20));
  while (log().find("Server listening on") == std::string::npos) {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      return false;
    }
    if (deadline.passed()) throw std::runtime_error("sshd does not listen: " + log());
    ::poll(nullptr, 0, 2);
  }
  return true;
}

std::string Sshd::log() const { return read_file(directory() / "log").value_or(""); }

InstanceConfig Sshd::instance() const {
  InstanceConfig config;
  config.name = "testbox";
  config.host = host();
  config.port = port_;
  config.username = user();
  if (options_.public_key) config.identity_file = key().string();
  return config;
}

void Sshd::write_client_home(const fs::path& home, const std::string& alias) const {
  const fs::path ssh = home / ".ssh";
  fs::create_directories(ssh);
  fs::permissions(ssh, fs::perms(0700));
  put(ssh / "id_ed25519", content_of(key()), 0600);
  put(ssh / "id_ed25519.pub", content_of(key().string() + ".pub"));
  put(ssh / "known_hosts", content_of(known_hosts()), 0600);
  put(ssh / "config",
      fmt::format("Host {}\n  HostName {}\n  Port {}\n  User {}\n", alias, host(), port_, user()),
      0600);
}

void Sshd::authorize(const std::string& public_key) const {
  put(directory() / "authorized_keys",
      content_of(directory() / "authorized_keys") + std::string(trim(public_key)) + "\n");
}

void Sshd::stop() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void Sshd::cut_connections() { kill_descendants(pid_, fs::path(executable()).filename().string()); }

void Sshd::restart() {
  stop();
  if (!launch()) throw std::runtime_error("sshd does not restart: " + log());
}

void Sshd::change_host_key() {
  make_key(host_key());
  restart();
}

}  // namespace libre::testing
