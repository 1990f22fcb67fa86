#include "bench/latency/bed.hpp"

#include <libre/text.hpp>

#include <stdexcept>

namespace libre::bench {

Bed::Bed() : laptop_(std::make_unique<testing::Laptop>()), proxy_(laptop_->server().port()) {
  laptop_->home.set["RE_AGENT_IDLE"] = "600";
  for (int i = 0; i < 20; ++i)
    laptop_->home.write("work/file" + std::to_string(i) + ".py",
                        "print(" + std::to_string(i) + ")\n");
  laptop_->go_through(proxy_.port());
  laptop_->init();
  ssh_shared("mkdir -p peer; echo hello >peer/log");  // starts the ControlMaster
}

Bed::~Bed() {
  try {
    forget_master();
    auto words = ssh_words(true);
    words.insert(words.begin(), "ssh");
    words.insert(words.end(), {"-O", "exit", "testbox"});
    (void)laptop_->home.run(std::move(words));
  } catch (const std::exception&) {  // they end with the home
  }
}

void Bed::run(std::vector<std::string> words) const {
  const auto shown = shell_quote(words);
  const auto output = laptop_->home.run(std::move(words), laptop_->project());
  if (!output.exit.ok()) throw std::runtime_error(shown + " failed: " + output.err);
}

void Bed::re(std::vector<std::string> words) const {
  words.insert(words.begin(), testing::built_re().string());
  run(std::move(words));
}

void Bed::forget_master() const { re({"-q", "master", "stop"}); }

// OpenSSH looks for its files in the home of the password file, not in $HOME.
std::vector<std::string> Bed::ssh_words(bool shared) const {
  const auto& home = laptop_->home;
  std::vector<std::string> words = {
      "-F", (home / ".ssh/config").string(),
      "-i", (home / ".ssh/id_ed25519").string(),
      "-o", "UserKnownHostsFile=" + (home / ".ssh/known_hosts").string(),
      "-o", "BatchMode=yes"};
  if (shared)
    words.insert(words.end(), {"-o", "ControlMaster=auto", "-o", "ControlPersist=600", "-o",
                               "ControlPath=" + (home / "control").string()});
  return words;
}

void Bed::ssh(const std::string& command) const {
  auto words = ssh_words(false);
  words.insert(words.begin(), "ssh");
  words.insert(words.end(), {"testbox", command});
  run(std::move(words));
}

void Bed::ssh_shared(const std::string& command) const {
  auto words = ssh_words(true);
  words.insert(words.begin(), "ssh");
  words.insert(words.end(), {"testbox", command});
  run(std::move(words));
}

void Bed::scp(const std::string& file, const std::string& to) const {
  auto words = ssh_words(false);
  words.insert(words.begin(), {"scp", "-q"});
  words.insert(words.end(), {file, "testbox:" + to});
  run(std::move(words));
}

void Bed::rsync_shared(const std::string& to) const {
  auto shell = ssh_words(true);
  shell.insert(shell.begin(), "ssh");
  run({"rsync", "-a", "--delete", "--exclude=.recompute", "-e", shell_quote(shell), "./",
       "testbox:" + to});
}

pid_t Bed::start_ssh(const std::string& command, int out, bool shared) const {
  auto words = ssh_words(shared);
  words.insert(words.begin(), "ssh");
  words.insert(words.end(), {"testbox", command});
  return laptop_->home.start(std::move(words), laptop_->project(), -1, out);
}

pid_t Bed::start_re(std::vector<std::string> words, int out) const {
  words.insert(words.begin(), testing::built_re().string());
  return laptop_->home.start(std::move(words), laptop_->project(), -1, out);
}

}  // namespace libre::bench
