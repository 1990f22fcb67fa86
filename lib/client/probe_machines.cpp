// probe_machines(): a thread for each machine, and the one who waits for them.
#include <poll.h>

#include <algorithm>
#include <mutex>
#include <system_error>
#include <thread>

#include "client/machine_probe.hpp"
#include "client/straggler.hpp"

namespace libre {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

class Round {
 public:
  Round(const std::vector<InstanceConfig>& machines, const ProbeOptions& options)
      : options_(options), reports_(machines.size()) {
    for (const auto& machine : machines)
      probes_.push_back(std::make_unique<client::MachineProbe>(machine, options_));
  }
  ~Round() {
    for (auto& probe : probes_) probe->give_up();
    for (auto& thread : threads_) thread.join();
  }

  Result<void> start() {
    LIBRE_TRY(news_, Waker::create());
    try {
      for (std::size_t i = 0; i < probes_.size(); ++i) threads_.emplace_back([this, i] { ask(i); });
    } catch (const std::system_error& failure) {
      return Error{Errc::io, "cannot start a thread", failure.what()};
    }
    return {};
  }

  Result<void> wait(const std::function<void(const MachineReport&)>& answered) {
    std::size_t told = 0;
    Waker* const stopped = options_.stop ? &options_.stop->state().stop_waker() : nullptr;
    for (;;) {
      news_->clear();
      std::vector<std::size_t> fresh;
      {
        const std::lock_guard lock(mutex_);
        fresh.assign(finished_.begin() + static_cast<std::ptrdiff_t>(told), finished_.end());
      }
      told += fresh.size();
      for (const std::size_t i : fresh)
        if (answered) answered(reports_[i]);
      if (told == probes_.size()) return {};
      const auto waited = wait_for(news_->fd(), POLLIN, {give_up_silent_ones(told), stopped});
      if (!waited && waited.error().code != Errc::timed_out) return waited;
    }
  }

  std::vector<MachineReport> take() { return std::move(reports_); }

 private:
  void ask(std::size_t i) {
    auto report = probes_[i]->ask();
    const std::lock_guard lock(mutex_);
    if (given_up_ && report.problem && report.problem->code == Errc::interrupted)
      report.problem = client::silent_problem(report.address, report.seconds);
    reports_[i] = std::move(report);
    finished_.push_back(i);
    news_->notify();
  }

  // When to look again; gives up those that it is time for.
  Deadline give_up_silent_ones(std::size_t told) {
    client::Standing standing{.all = probes_.size(), .answered = told};
    {
      const std::lock_guard lock(mutex_);
      for (const std::size_t i : finished_)
        if (reports_[i].is_active())
          standing.slowest = std::max(standing.slowest, reports_[i].seconds);
      for (std::size_t i = 0; i < probes_.size(); ++i)
        if (probes_[i]->silent()) ++standing.silent;
    }
    const auto limit = client::silence_limit(standing, options_.silence);
    if (!limit) return Deadline::after(std::chrono::milliseconds(200));  // a silent one may speak
    const double left = *limit - seconds_since(begin_);
    if (left > 0)
      return Deadline::after(std::chrono::milliseconds(static_cast<int>(left * 1000) + 1));
    const std::lock_guard lock(mutex_);
    given_up_ = true;
    for (auto& probe : probes_)
      if (probe->silent()) probe->give_up();
    return Deadline::never();
  }

  const ProbeOptions& options_;
  const Clock::time_point begin_ = Clock::now();
  std::unique_ptr<Waker> news_;
  std::mutex mutex_;  // guards the four below
  std::vector<MachineReport> reports_;
  std::vector<std::size_t> finished_;
  bool given_up_ = false;
  std::vector<std::unique_ptr<client::MachineProbe>> probes_;
  std::vector<std::thread> threads_;  // last: they use the others
};

}  // namespace

Result<std::vector<MachineReport>> probe_machines(
    const std::vector<InstanceConfig>& machines, const ProbeOptions& options,
    const std::function<void(const MachineReport&)>& answered) {
  Round round(machines, options);
  LIBRE_CHECK(round.start());
  LIBRE_CHECK(round.wait(answered));
  return round.take();
}

}  // namespace libre
