// A login for one test: a home of its own, a login shell, and an agent made of shell text.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bootstrap/connect.hpp"
#include "transport/local.hpp"

namespace libre::testing {

// "bash", "zsh", "fish", "tcsh", "dash", "busybox"
const std::vector<std::string>& login_shells();

// Mounts a tmpfs on `path` for as long as it lives. Needs root.
class Tmpfs {
 public:
  Tmpfs(std::filesystem::path path, unsigned long flags, const std::string& data);
  ~Tmpfs();
  Tmpfs(const Tmpfs&) = delete;
  Tmpfs& operator=(const Tmpfs&) = delete;
  void make_read_only();

 private:
  std::filesystem::path path_;
};

class World {
 public:
  // `padding` bytes of binary make the agent's file larger.
  explicit World(const std::string& shell = "bash", std::size_t padding = 100'000);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  std::filesystem::path root() const { return root_; }
  std::filesystem::path home() const { return root_ / "home"; }
  std::filesystem::path cached_agent() const {
    return home() / ".cache/re/agent" / options.bundle.identity / "re-agent";
  }
  void write(const std::string& relative, const std::string& content) const;  // below root()
  // The file that `shell` reads at every start, below root().
  std::string rc_file() const;
  // How often the fake agent ran with `verb`, and the last line of its arguments.
  std::size_t runs(const std::string& verb) const;
  std::string last_arguments() const;

  std::unique_ptr<transport::Transport> transport() const;
  Result<bootstrap::AgentLink> reach() const;

  std::string shell;
  std::vector<std::string> environment;
  bootstrap::ReachOptions options;

 private:
  void make_agent(std::size_t padding);
  std::filesystem::path root_;
  Fd listener_;  // the fake agent's socket; connections wait in its backlog
};

// Whether the link's stream carries bytes there and back (a bridge to the fake agent echoes).
bool echoes(Stream& stream);

// Passes everything on to another transport, with the socket or the shell made worse.
class Variation : public transport::Transport {
 public:
  explicit Variation(std::unique_ptr<transport::Transport> inner) : inner_(std::move(inner)) {}
  Result<std::unique_ptr<Stream>> open_socket(const std::string& path, const Wait& wait) override;
  Result<std::unique_ptr<transport::CommandStream>> execute(const std::string& command,
                                                            const Wait& wait) override;
  std::string describe() const override { return "me@there"; }

  Errc socket_error = Errc::internal;  // internal = none
  std::string posix_shell{};           // stands in for /bin/sh
  std::vector<std::string> commands{};

 private:
  std::unique_ptr<transport::Transport> inner_;
};

}  // namespace libre::testing
