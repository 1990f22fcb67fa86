// A real OpenSSH server for one test, on 127.0.0.1, with its own host key, port and directory.
//
//   auto server = Sshd::start();                  // login: the current user, with server.key()
//   server.instance()                             // an InstanceConfig that reaches it
//   server.write_client_home(home);               // ~/.ssh with key, known_hosts, and alias "testbox"
//
// Everything of it, and every process that its sessions started and still own, ends in the
// destructor. Failures to set it up throw std::runtime_error, so a test fails and says why.
#pragma once
#include <filesystem>
#include <libre/config.hpp>
#include <string>
#include <vector>

namespace libre::testing {

// A directory of its own under /tmp, readable by others, removed in the destructor.
class ScratchDirectory {
 public:
  ScratchDirectory();
  ~ScratchDirectory();
  ScratchDirectory(ScratchDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ScratchDirectory& operator=(ScratchDirectory&&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A user of this machine that exists as long as the object. Needs root.
class TestUser {
 public:
  explicit TestUser(const std::string& shell = "/bin/bash");
  ~TestUser();
  TestUser(const TestUser&) = delete;
  TestUser& operator=(const TestUser&) = delete;
  const std::string& name() const { return name_; }
  const std::string& password() const { return password_; }
  std::filesystem::path home() const { return directory_.path() / "home"; }
  // Writes a file in the home directory, owned by the user.
  void write(const std::string& relative, const std::string& content) const;

 private:
  ScratchDirectory directory_;
  std::string name_, password_;
};

struct SshdOptions {
  std::vector<std::string> config{};  // more sshd_config lines; the first of a keyword wins
  std::string user{};                 // who logs in; "" = the current user
  bool password = false;              // accept the user's password (sshd must run as root)
  bool keyboard_interactive = false;  // accept it through PAM and keyboard-interactive
  bool public_key = true;
  // $HOME of the sessions, so that the current user can log in to an empty home. "" = a fresh one
  // below directory() for the current user, and the real one for other users.
  std::filesystem::path remote_home{};
};

class Sshd {
 public:
  static Sshd start(SshdOptions options = {});
  Sshd(Sshd&& other) noexcept;
  Sshd& operator=(Sshd&&) = delete;
  ~Sshd();

  std::string host() const { return "127.0.0.1"; }
  int port() const { return port_; }
  const std::string& user() const { return options_.user; }
  std::filesystem::path directory() const { return directory_.path(); }
  std::filesystem::path key() const { return directory() / "client_key"; }     // no passphrase
  std::filesystem::path host_key() const { return directory() / "host_key"; }  // .pub beside it
  std::filesystem::path known_hosts() const { return directory() / "known_hosts"; }
  std::filesystem::path remote_home() const { return options_.remote_home; }
  std::string log() const;          // what the server wrote so far
  InstanceConfig instance() const;  // host, port, user, key

  // Makes `home`/.ssh: id_ed25519, known_hosts, and a config in which `alias` is this server.
  void write_client_home(const std::filesystem::path& home,
                         const std::string& alias = "testbox") const;

  // One more public key ("ssh-ed25519 AAAA… comment") may log in.
  void authorize(const std::string& public_key) const;

  void stop();             // no new connections; the live ones go on
  void cut_connections();  // kills the live connections, not what runs in them
  void restart();          // on the same port
  void change_host_key();  // restart() with a new key; known_hosts() keeps the old one

 private:
  explicit Sshd(SshdOptions options);
  void write_config() const;
  bool launch();
  std::string executable() const;

  SshdOptions options_;
  ScratchDirectory directory_;
  std::string pam_service_;
  int port_ = 0;
  int pid_ = -1;
};

// Runs a program and returns its stdout; throws where it fails.
std::string checked_run(const std::vector<std::string>& argv, const std::string& input = {});

// Kills all descendants of `pid` whose name is `name` ("" = all of them).
void kill_descendants(int pid, const std::string& name = {});

}  // namespace libre::testing
