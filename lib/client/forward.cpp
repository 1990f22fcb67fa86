// libre/forward.hpp: a forward that this process holds.
#include <libre/forward.hpp>

#include <atomic>
#include <thread>

#include "base/clock.hpp"
#include "base/daemon.hpp"
#include "client/forward_keeper.hpp"
#include "client/forward_record.hpp"

namespace libre {

using client::ForwardKeeper;
using client::ForwardRecord;
using client::Link;
using forward::Forwarder;

namespace {

// Notices the end of a job, in a thread and over a connection of its own.
class JobWatch {
 public:
  JobWatch(InstanceConfig config, std::uint64_t job, std::function<void()> ended)
      : config_(std::move(config)),
        job_(job),
        ended_(std::move(ended)),
        thread_([this] { run(); }) {}
  ~JobWatch() {
    stop_.request();
    thread_.join();
  }

 private:
  void run() {
    constexpr auto pause = std::chrono::seconds(10);
    // No line of a log has this, so nothing but the end of the job travels.
    const LogQuery query{.job = std::to_string(job_), .filter = "\x01\x02", .follow = true};
    while (!stop_.requested()) {
      auto instance = Instance::connect(config_, {.stop = &stop_});
      const auto job = instance
                           ? instance->log(query, [](const LogChunk&) { return Result<void>(); })
                           : Result<JobInfo>(instance.error());
      if (job || job.error().code == Errc::not_found) return ended_();
      (void)wait_for(-1, 0, {Deadline::after(pause), &stop_.state().stop_waker()});
    }
  }

  InstanceConfig config_;
  std::uint64_t job_;
  std::function<void()> ended_;
  Stop stop_;
  std::thread thread_;
};

}  // namespace

struct Forward::State {
  ForwardInfo info;
  std::unique_ptr<Link> link;
  std::unique_ptr<Forwarder> forwarder;
  std::unique_ptr<ForwardKeeper> keeper;
  std::unique_ptr<ForwardRecord> record;
  std::atomic<bool> job_ended = false;
  std::unique_ptr<JobWatch> watch;  // goes first

  void changed(bool connected, const std::string& problem) {
    info.connected = connected;
    info.problem = problem;
    if (record) record->update(info);
  }
};

Forward::Forward(std::unique_ptr<State> state) : state_(std::move(state)) {}
Forward::Forward(Forward&&) noexcept = default;
Forward& Forward::operator=(Forward&&) noexcept = default;
Forward::~Forward() = default;
const ForwardInfo& Forward::info() const { return state_->info; }

Result<Forward> Forward::open(const InstanceConfig& config, const ConnectOptions& options,
                              ForwardRequest request) {
  if (request.specs.empty()) return Error{Errc::usage, "there is no port to forward"};
  raise_descriptor_limit();
  auto state = std::make_unique<State>();
  State& self = *state;
  self.info.instance = config.name;
  self.info.lines = std::move(request.specs);
  self.info.job = request.job;
  self.info.kind = request.kind;
  self.info.background = request.background;
  self.info.since = now();
  LIBRE_TRY(self.link, Link::open(config, options, true));
  LIBRE_TRY(self.forwarder, Forwarder::start(self.info.lines, config.local,
                                             [&self] { self.link->stop().nudge(); }));
  self.keeper = std::make_unique<ForwardKeeper>(
      *self.link, *self.forwarder, self.info.lines,
      ForwardKeeper::Hooks{
          .changed = [&self](bool connected,
                             const std::string& problem) { self.changed(connected, problem); },
          .done = [&self] { return self.job_ended.load(); }});
  LIBRE_CHECK(self.keeper->begin());
  LIBRE_TRY(auto record, ForwardRecord::create(self.info));
  self.record = std::make_unique<ForwardRecord>(std::move(record));
  if (request.job != 0)
    self.watch = std::make_unique<JobWatch>(config, request.job, [&self] {
      self.job_ended = true;
      self.link->stop().nudge();
    });
  return Forward(std::move(state));
}

Result<bool> Forward::run() {
  LIBRE_CHECK(state_->keeper->run(state_->info.background));
  return state_->job_ended.load();
}

}  // namespace libre
