#include "deps/data/download.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <deque>

#include "base/files.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "deps/data/transfer.hpp"
#include "deps/environment/machine.hpp"
#include "deps/environments.hpp"

namespace libre::deps {
namespace fs = std::filesystem;
namespace {

constexpr auto report_interval = std::chrono::seconds(5);
constexpr int tick_ms = 200;  // how soon a pause's end is noticed

void tell(const std::string& line) { (void)write_all(STDOUT_FILENO, line + "\n"); }

Result<Fetcher> find_fetcher(const jobs::Variables& variables) {
  using Kind = Fetcher::Kind;
  for (const auto& [kind, name] :
       {std::pair(Kind::curl, "curl"), {Kind::wget, "wget"}, {Kind::python, "python3"}})
    if (auto program = find_program(variables, name); !program.empty())
      return Fetcher{kind, program};
  return Error{Errc::unsupported, "this machine has nothing to fetch data with",
               "curl, wget and python3 are not on PATH",
               "fetch it here, and bring it: re push FILE data/"};
}

// Two jobs that write one part would mix it. On NFS nothing can be locked, so a name has to do.
bool claim(const fs::path& file) {
  const auto text = read_file(file, 4096);
  const auto owner = text ? from_json<Builder>(*text) : Result<Builder>(text.error());
  if (owner && is_alive({static_cast<pid_t>(owner->pid), owner->start, owner->boot_id}))
    return false;
  const auto self = identify(::getpid());
  return self &&
         write_file_atomic(file, to_json(Builder{self->pid, self->start_ticks, self->boot_id}));
}

class Downloads {
 public:
  Downloads(const DownloadOptions& options, Fetcher fetcher) : options_(options) {
    tools_ = {std::move(fetcher), jobs::own_variables(), options.directory, options.unpack,
              options.force};
    sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : {SIGCHLD, SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&set, signal);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    signals_ = Fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  }

  int run() {
    for (const auto& file : options_.files) waiting_.push_back(file);
    while (asked_to_end_ == 0 && !(waiting_.empty() && running_.empty())) {
      admit();
      for (auto& transfer : running_) transfer->step();
      harvest();
      report();
      const bool busy =
          std::ranges::any_of(running_, [](const auto& one) { return one->pid() == 0; });
      pollfd wait{signals_.get(), POLLIN, 0};
      ::poll(&wait, 1, busy || waiting_.empty() ? tick_ms : 0);
      take_signals();
    }
    if (asked_to_end_ != 0) return leave();
    tell(std::to_string(options_.files.size() - failed_) + " of " +
         std::to_string(options_.files.size()) + " files are in " +
         options_.directory.filename().string() + "/");
    return failed_ == 0 ? 0 : 1;
  }

 private:
  fs::path owner_file(const std::string& name) const {
    return options_.directory / ("." + name + ".owner");
  }

  void admit() {
    while (running_.size() < std::max<std::size_t>(options_.parallel, 1) && !waiting_.empty()) {
      auto file = std::move(waiting_.front());
      waiting_.pop_front();
      if (claim(owner_file(file.name))) {
        running_.push_back(std::make_unique<Transfer>(std::move(file), tools_));
        continue;
      }
      ++failed_;
      tell("FAILED " + printable(file.name) +
           ": another job fetches it, or data/ cannot be written");
    }
  }

  void harvest() {
    std::erase_if(running_, [&](const auto& transfer) {
      if (!transfer->ended()) return false;
      tell((transfer->failed() ? "FAILED " : "") + printable(transfer->name()) + ": " +
           transfer->outcome());
      failed_ += transfer->failed() ? 1 : 0;
      ::unlink(owner_file(transfer->name()).c_str());
      return true;
    });
  }

  void report() {
    const auto now = Transfer::Clock::now();
    if (now - reported_ < report_interval) return;
    reported_ = now;
    for (const auto& transfer : running_)
      if (const auto text = transfer->progress(); !text.empty())
        tell(printable(transfer->name()) + ": " + text);
  }

  void take_signals() {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info))
      if (info.ssi_signo != SIGCHLD) asked_to_end_ = static_cast<int>(info.ssi_signo);
    int status = 0;
    for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;)
      for (auto& transfer : running_)
        if (transfer->pid() == pid)
          transfer->take(WIFSIGNALED(status) ? Exit{0, WTERMSIG(status)}
                                             : Exit{WEXITSTATUS(status), 0});
  }

  int leave() {
    for (auto& transfer : running_) {
      if (transfer->pid() > 0) ::kill(transfer->pid(), SIGTERM);
      ::unlink(owner_file(transfer->name()).c_str());
    }
    for (auto& transfer : running_)
      if (transfer->pid() > 0)
        (void)wait_exit(transfer->pid(), {Deadline::after(std::chrono::seconds(5))});
    tell("ended; what has come is kept, and the next re data goes on from there");
    return 128 + asked_to_end_;
  }

  const DownloadOptions& options_;
  TransferTools tools_{};
  Fd signals_{};
  std::deque<DataFile> waiting_{};
  std::vector<std::unique_ptr<Transfer>> running_{};
  Transfer::Clock::time_point reported_ = Transfer::Clock::now();
  std::size_t failed_ = 0;
  int asked_to_end_ = 0;
};

}  // namespace

int download(const DownloadOptions& options) {
  const auto fetcher = find_fetcher(jobs::own_variables());
  auto ready = fetcher ? make_directories(options.directory) : Result<void>(fetcher.error());
  if (!ready) {
    tell("FAILED: " + ready.error().describe());
    return 1;
  }
  return Downloads(options, *fetcher).run();
}

}  // namespace libre::deps
