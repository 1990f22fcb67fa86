// `re-agent serve`: the daemon. Holds the agent lock for its whole life, so there is one per state
// root, and tells `re-agent start` through a pipe when it listens.
#include "serve.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include "base/files.hpp"
#include "deps/local_environments.hpp"
#include "deps/serve_environments.hpp"
#include "forward/serve_forward.hpp"
#include "gpus.hpp"
#include "jobs/local_job_host.hpp"
#include "jobs/project_environment.hpp"
#include "jobs/serve_job_host.hpp"
#include "listener.hpp"
#include "machine/local_machine.hpp"
#include "machine/serve_machine.hpp"
#include "nvml_reader.hpp"
#include "places.hpp"
#include "probe/local_probe_host.hpp"
#include "probe/serve_probe_host.hpp"
#include "rpc/messages.hpp"
#include "sync/serve_endpoint.hpp"

namespace libre::agent {
namespace {

// Signals reach the Wakers through these pointers: a handler can have nothing else.
Waker* leave_on_signal = nullptr;
Waker* look_on_signal = nullptr;

void on_signal(int signal) { (signal == look_signal ? look_on_signal : leave_on_signal)->notify(); }

void tell(int ready_fd, std::string_view line) {
  if (ready_fd < 0) return;
  (void)write_all(ready_fd, line);
  // Not just closed: it may be stdout, whose number must not go to some other file.
  const Fd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  ::dup2(null.get(), ready_fd);
}

// Each request has a thread of its own, and glibc gives each thread a heap: what one request no longer needs, the
// next one cannot use. One heap for all of them, and large blocks that go back to the system at once.
void keep_memory_small() {
  constexpr int large = 1 << 20;
  ::mallopt(M_ARENA_MAX, 1);
  ::mallopt(M_MMAP_THRESHOLD, large);
  ::mallopt(M_TRIM_THRESHOLD, large);
}

Result<void> serve_places(Places& places, const ServeOptions& options) {
  LIBRE_CHECK(make_places(places));
  // Somebody who removes the lock file lets another agent begin; then this one leaves.
  const auto lock_path = places.runtime_dir / "agent.lock";
  LIBRE_TRY(const Fd lock, lock_file(lock_path));
  LIBRE_TRY(const Log log, Log::to_file(places.state_root / "agent.log"));
  LIBRE_TRY(const auto leave, Waker::create());
  LIBRE_TRY(const auto look, Waker::create());
  leave_on_signal = leave.get();
  look_on_signal = look.get();
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, look_signal}) ::signal(signal, on_signal);

  const auto gpus = std::make_shared<probe::GpuReader>(jobs::own_variables(), nvml_reader());
  LIBRE_TRY(const auto jobs, jobs::LocalJobHost::open({.state_root = places.state_root,
                                                       .runtime_dir = places.runtime_dir,
                                                       .program = places.program,
                                                       .look_at_gpus = look_at_gpus(gpus),
                                                       .log = log}));
  probe::LocalProbeHost probe(
      {.home = places.home,
       .gpus = gpus,
       .job_of = [&](std::int64_t pid) { return jobs->job_of(static_cast<pid_t>(pid)); },
       .claims = [&] { return jobs->claims(); },
       .has_environment =
           [&](const std::string& project) {
             const auto place = jobs::environments_place(places.state_root, project);
             return place && jobs::current_environment(*place);
           }});
  LIBRE_TRY(const auto relay, forward::Relay::start());
  const auto facts = facts_of(places, ::getpid());
  rpc::Service service;
  jobs::serve_job_host(service, *jobs);
  probe::serve_probe_host(service, probe);
  sync::serve_endpoint(service, {.home = places.home, .state = places.state_root},
                       std::make_shared<sync::MirrorLocks>());
  forward::serve_forward(service, *relay, places.state_root);
  deps::LocalEnvironments environments(places.state_root, *jobs);
  deps::serve_environments(service, environments);
  machine::LocalMachine machine({.home = places.home, .agent = places.program});
  machine::serve_machine(service, machine);
  service.on("agent.facts",
             [&](rpc::Call&) -> Result<rpc::Answer> { return rpc::Answer{to_json(facts)}; });
  service.on("agent.leave", [&](rpc::Call&) -> Result<rpc::Answer> {
    leave->notify();
    return rpc::Answer{"{}"};
  });

  LIBRE_TRY(const auto listener,
            Listener::open({.socket = places.socket(),
                            .idle_limit = options.idle_limit,
                            .busy = [&] { return jobs->busy() || relay->busy(); },
                            .on_stream = [&](Fd stream) { relay->serve(std::move(stream)); },
                            .is_still_ours = [&] { return is_same_file(lock.get(), lock_path); }},
                           service, log));
  LIBRE_CHECK(write_file_atomic(places.runtime_dir / "agent.json", to_json(facts)));
  log.info("serving on " + places.socket().string());
  tell(options.ready_fd, "ready\n");
  auto served = listener->run(*leave, *look);
  log.info("leaving");
  return served;
}

}  // namespace

rpc::AgentFacts facts_of(const Places& places, std::int64_t pid) {
  return {.socket = places.socket().string(),
          .program = places.program.string(),
          .home = places.home.string(),
          .uid = ::getuid(),
          .host = host_name(),
          .pid = pid};
}

Result<void> serve(const ServeOptions& options) {
  keep_memory_small();
  ::signal(SIGPIPE, SIG_IGN);
  auto places = find_places(process_environment(), options.root);
  auto served = places ? serve_places(*places, options) : Result<void>(places.error());
  if (!served) tell(options.ready_fd, to_json(served.error()) + "\n");
  return served;
}

}  // namespace libre::agent
