#include "support/laptop.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <stdexcept>

#include "base/text.hpp"

namespace libre::testing {

Laptop::Laptop(LaptopOptions options) : options_(std::move(options)) {
  if (!options_.login_shell.empty()) {
    user_ = std::make_unique<TestUser>(options_.login_shell);
    options_.server.user = user_->name();
    options_.server.password = options_.password;
    if (!options_.remote_rc.empty()) user_->write(options_.remote_rc, options_.remote_rc_text);
  } else {
    options_.server.remote_home = remote_.path();
    if (!options_.remote_rc.empty()) remote_.write(options_.remote_rc, options_.remote_rc_text);
  }
  server_ = std::make_unique<Sshd>(Sshd::start(options_.server));
  server_->write_client_home(home.path());
  if (options_.password) {
    home.write(
        ".recompute.conf",
        fmt::format("[general]\ninstance = testbox\n[instance 0]\nname = testbox\nusername = {}\n"
                    "host = 127.0.0.1\nport = {}\npassword = {}\n",
                    user_->name(), server_->port(), user_->password()));
    std::filesystem::permissions(home / ".recompute.conf", std::filesystem::perms(0600));
  }
  std::filesystem::create_directories(project());
}

Laptop::~Laptop() {
  if (user_) end_processes_of(user_->home());
}

std::filesystem::path Laptop::remote_home() const { return user_ ? user_->home() : remote_.path(); }

Output Laptop::re(std::vector<std::string> words, std::string_view input) const {
  words.insert(words.begin(), built_re().string());
  return home.run(std::move(words), project(), input);
}

void Laptop::init() const {
  const auto output = re({"init", "--instance", "testbox"});
  if (!output.exit.ok()) throw std::runtime_error("re init failed: " + output.err);
}

std::string Laptop::submit(std::vector<std::string> words) const {
  words.insert(words.begin(), "async");
  const auto output = re(std::move(words));
  if (!output.exit.ok()) throw std::runtime_error("re async failed: " + output.err);
  return std::string(trim(output.out));
}

void Laptop::go_through(int port) const {
  auto config = home.read(".ssh/config");
  const auto at = config.find("Port ");
  if (at == std::string::npos) throw std::runtime_error("no Port in " + config);
  const auto end = config.find('\n', at);
  config.replace(at, end - at,
                 fmt::format("Port {}\n  HostKeyAlias [127.0.0.1]:{}", port, server_->port()));
  home.write(".ssh/config", config);
}

}  // namespace libre::testing
