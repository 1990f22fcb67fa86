// A laptop and a machine that it reaches by SSH: two homes of a test's own, a real sshd between them,
// and the `re` of this build.
#pragma once
#include <memory>

#include "support/home.hpp"
#include "support/sshd.hpp"

namespace libre::testing {

struct LaptopOptions {
  SshdOptions server{};
  std::string login_shell{};     // a fresh user with this shell; "" = the current user
  bool password = false;         // log in by the password in ~/.recompute.conf; needs login_shell
  std::string remote_rc{};       // file in the remote home and …
  std::string remote_rc_text{};  // … its content, written before the first login
};

class Laptop {
 public:
  explicit Laptop(LaptopOptions options = {});
  ~Laptop();

  Home home;                                  // of the laptop
  std::filesystem::path remote_home() const;  // of the machine
  Sshd& server() { return *server_; }
  std::filesystem::path project() const { return home / "work"; }
  std::filesystem::path mirror() const { return remote_home() / "projects/work"; }

  // Runs `re` in the project with --instance left to the project ("testbox" after init()).
  Output re(std::vector<std::string> words, std::string_view input = {}) const;
  void init() const;  // `re init --instance testbox`, which must succeed
  // `re async …`; the new job's id.
  std::string submit(std::vector<std::string> words) const;
  // Makes connections go through `port` instead of straight to the server.
  void go_through(int port) const;

 private:
  Home remote_;
  std::unique_ptr<TestUser> user_;
  std::unique_ptr<Sshd> server_;
  LaptopOptions options_;
};

}  // namespace libre::testing
