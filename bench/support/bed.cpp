#include "bench/support/bed.hpp"

#include <libre/text.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <stdexcept>

#include "base/files.hpp"
#include "base/text.hpp"
#include "bench/support/timing.hpp"

namespace libre::bench {

Bed::Bed() : laptop_(std::make_unique<testing::Laptop>()), proxy_(laptop_->server().port()) {
  laptop_->home.set["RE_AGENT_IDLE"] = "600";
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
    (void)run(std::move(words));
  } catch (const std::exception&) {  // they end with the home
  }
}

// Output goes to a file: a pipe would have to be emptied while the clock runs.
Cost Bed::run(std::vector<std::string> words) const {
  const auto shown = shell_quote(words);
  const auto file = laptop_->home / "output";
  const Fd out(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  Cost cost{.wire_bytes = proxy_.bytes_passed()};
  rusage usage{};
  int status = 0;
  cost.milliseconds = timed([&] {
    const pid_t pid =
        laptop_->home.start(std::move(words), laptop_->project(), -1, out.get(), out.get());
    if (::wait4(pid, &status, 0, &usage) != pid) throw std::runtime_error("lost a child");
  });
  if (status != 0) throw std::runtime_error(shown + " failed: " + read_file(file).value_or(""));
  cost.wire_bytes = proxy_.bytes_passed() - cost.wire_bytes;
  cost.peak_memory = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  return cost;
}

Cost Bed::re(std::vector<std::string> words) const {
  words.insert(words.begin(), testing::built_re().string());
  return run(std::move(words));
}

void Bed::forget_master() const { (void)re({"-q", "master", "stop"}); }

// OpenSSH looks for its files in the home of the password file, not in $HOME.
std::vector<std::string> Bed::ssh_words(bool shared) const {
  const auto file = [this](const char* name) { return (laptop_->home / name).string(); };
  std::vector<std::string> words = {"-F", file(".ssh/config"),
                                    "-i", file(".ssh/id_ed25519"),
                                    "-o", "UserKnownHostsFile=" + file(".ssh/known_hosts"),
                                    "-o", "BatchMode=yes"};
  if (shared)
    words.insert(words.end(), {"-o", "ControlMaster=auto", "-o", "ControlPersist=600", "-o",
                               "ControlPath=" + file("control")});
  return words;
}

namespace {

// sshd begins in the home of the password file, which is not the instance's: what an earlier run has left
// there would be in the way.
std::string at_home(const std::string& command) { return "cd && { " + command + "\n}"; }

}  // namespace

Cost Bed::ssh(const std::string& command) const {
  auto words = ssh_words(false);
  words.insert(words.begin(), "ssh");
  words.insert(words.end(), {"testbox", at_home(command)});
  return run(std::move(words));
}

Cost Bed::ssh_shared(const std::string& command) const {
  auto words = ssh_words(true);
  words.insert(words.begin(), "ssh");
  words.insert(words.end(), {"testbox", at_home(command)});
  return run(std::move(words));
}

// For programs that take no command.
std::string Bed::at_instance(const std::string& path) const {
  return "testbox:" + (laptop_->remote_home() / path).string();
}

Cost Bed::scp(const std::string& file, const std::string& to) const {
  auto words = ssh_words(false);
  words.insert(words.begin(), {"scp", "-q"});
  words.insert(words.end(), {file, at_instance(to)});
  return run(std::move(words));
}

Cost Bed::rsync(const std::string& to, bool shared, std::vector<std::string> more) const {
  auto shell = ssh_words(shared);
  shell.insert(shell.begin(), "ssh");
  std::vector<std::string> words = {
      "rsync", "-a", "--delete", "--exclude=.recompute", "-e", shell_quote(shell)};
  words.insert(words.end(), more.begin(), more.end());
  words.insert(words.end(), {"./", at_instance(to)});
  return run(std::move(words));
}

Cost Bed::tar(const std::string& to) const {
  auto words = ssh_words(false);
  words.insert(words.begin(), "ssh");
  words.insert(words.end(), {"testbox", at_home("mkdir -p " + to + "; tar -C " + to + " -xf -")});
  return run({"sh", "-c", "tar --exclude=.recompute -cf - . | " + shell_quote(words)});
}

pid_t Bed::start_ssh(const std::string& command, int out, bool shared) const {
  auto words = ssh_words(shared);
  words.insert(words.begin(), "ssh");
  words.insert(words.end(), {"testbox", at_home(command)});
  return laptop_->home.start(std::move(words), laptop_->project(), -1, out);
}

pid_t Bed::start_re(std::vector<std::string> words, int out) const {
  words.insert(words.begin(), testing::built_re().string());
  return laptop_->home.start(std::move(words), laptop_->project(), -1, out);
}

std::uint64_t Bed::agent_peak_memory() const {
  std::uint64_t peak = 0;
  for (const pid_t pid : testing::agents_of(*laptop_, "serve")) {
    const auto status = read_file("/proc/" + std::to_string(pid) + "/status").value_or("");
    for (const auto& line : split(status, '\n'))
      if (line.starts_with("VmHWM:"))
        peak = std::max<std::uint64_t>(peak, std::strtoull(line.c_str() + 6, nullptr, 10) * 1024);
  }
  return peak;
}

}  // namespace libre::bench
