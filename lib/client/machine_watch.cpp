// MachineWatch: a thread for each machine that asks it again and again.
#include <mutex>
#include <thread>

#include "base/clock.hpp"
#include "client/machine_probe.hpp"

namespace libre {
namespace {

// One machine and what is known of it.
class Watched {
 public:
  Watched(const InstanceConfig& machine, const ProbeOptions& options,
          std::chrono::milliseconds every)
      : probe_(machine, options), every_(every) {
    report_.name = machine.name;
    report_.address = machine.describe();
    if (auto leave = Waker::create()) leave_ = std::move(*leave);
    if (leave_) thread_ = std::thread([this] { loop(); });
  }
  ~Watched() {
    if (thread_.joinable()) thread_.join();
  }
  void leave() {
    probe_.give_up();
    if (leave_) leave_->notify();
  }

  MachineReport report() const {
    const std::lock_guard lock(mutex_);
    MachineReport report = report_;
    if (taken_ > 0) report.age = now() - taken_;
    return report;
  }

 private:
  void loop() {
    while (!leave_->notified()) {
      auto fresh = probe_.ask();
      {
        const std::lock_guard lock(mutex_);
        if (fresh.problem)
          fresh.figures = std::move(report_.figures);  // better old ones than none
        else
          taken_ = now() - fresh.age;
        report_ = std::move(fresh);
      }
      (void)wait_for(-1, 0, {Deadline::after(every_), leave_.get()});
    }
  }

  client::MachineProbe probe_;
  const std::chrono::milliseconds every_;
  std::unique_ptr<Waker> leave_;
  mutable std::mutex mutex_;  // guards both below
  MachineReport report_;
  double taken_ = 0;    // Unix time of the figures
  std::thread thread_;  // last: it uses the others
};

}  // namespace

struct MachineWatch::State {
  std::vector<InstanceConfig> machines;
  ProbeOptions options;
  std::vector<std::unique_ptr<Watched>> watched{};
};

MachineWatch::MachineWatch(std::vector<InstanceConfig> machines, ProbeOptions options,
                           std::chrono::milliseconds every)
    : state_(std::make_unique<State>(State{std::move(machines), options})) {
  state_->options.max_age = 0;
  for (const auto& machine : state_->machines)
    state_->watched.push_back(std::make_unique<Watched>(machine, state_->options, every));
}

MachineWatch::~MachineWatch() {
  for (auto& watched : state_->watched)
    watched->leave();  // all first, so that they end side by side
}

std::vector<MachineReport> MachineWatch::now() const {
  std::vector<MachineReport> reports;
  for (const auto& watched : state_->watched) reports.push_back(watched->report());
  return reports;
}

}  // namespace libre
