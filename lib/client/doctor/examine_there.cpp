#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/paths.hpp"
#include "bootstrap/connect.hpp"
#include "client/doctor/judge.hpp"
#include "client/link.hpp"
#include "machine/remote_machine.hpp"
#include "rpc/connection.hpp"
#include "transport/ssh/ssh_transport.hpp"
#include "transport/ssh/target.hpp"

namespace libre {
namespace client {
namespace {

using Clock = Deadline::Clock;

double since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

class Examination {
 public:
  Examination(const InstanceConfig& instance, const ConnectOptions& options)
      : instance_(instance), options_(options) {
    facts_.name = instance.name;
    facts_.local = instance.local;
  }

  ThereFacts run() {
    if (!instance_.local && !log_in()) return std::move(facts_);
    const auto begin = Clock::now();
    auto agent = reach();
    if (!agent) return fail(facts_.agent_error, std::move(agent).error());
    facts_.bridged = agent->facts.bridged;
    facts_.agent_installed = agent->installed;
    if (auto asked = ask(std::move(agent->stream), begin); !asked) {
      auto& where = facts_.agent_version.empty() ? facts_.agent_error : facts_.look_error;
      return fail(where, std::move(asked).error());
    }
    return std::move(facts_);
  }

 private:
  ThereFacts fail(std::optional<Error>& where, Error error) {
    where = std::move(error);
    return std::move(facts_);
  }

  Wait limit(std::chrono::milliseconds span) const {
    return {Deadline::after(span), options_.stop ? &options_.stop->state().stop_waker() : nullptr};
  }

  // Not through a master: an old login would say nothing about a new one.
  bool log_in() {
    auto target = transport::resolve_ssh_target(instance_);
    if (!target) {
      facts_.login_error = std::move(target).error();
      return false;
    }
    facts_.jumps = !target->via.empty() || !target->proxy_command.empty();
    transport::ConnectHooks hooks{options_.observer, options_.prompter,
                                  options_.trace ? Log::to_stderr() : Log::nowhere()};
    hooks.times = &facts_.times;
    auto opened = transport::connect_ssh(*target, hooks, limit(options_.timeout));
    if (!opened) {
      facts_.login_error = std::move(opened).error();
      return false;
    }
    transport_ = std::move(*opened);
    return true;
  }

  Result<bootstrap::AgentLink> reach() {
    bootstrap::ReachOptions reach{.remote_root = instance_.remote_root,
                                  .observer = options_.observer};
    reach.bundle_for = [](const std::string& platform) {
      return bootstrap::find_bundle(platform, process_environment());
    };
    LIBRE_TRY(reach.bundle, bundle_to_try({}, instance_.local));
    if (instance_.local) return bootstrap::reach_local_agent(reach, limit(options_.timeout));
    return bootstrap::reach_agent(*transport_, reach, limit(options_.timeout));
  }

  Result<void> ask(std::unique_ptr<Stream> stream, Clock::time_point begin) {
    LIBRE_TRY(auto connection, rpc::Connection::open(std::move(stream), limit(answer_limit)));
    const auto question = [&]() -> Result<void> {
      LIBRE_TRY(const auto call, connection.send("agent.facts", {}, limit(answer_limit)));
      LIBRE_CHECK(connection.wait_reply(call, limit(answer_limit)));
      return {};
    };
    LIBRE_CHECK(question());
    facts_.agent_version = connection.peer_version();
    facts_.agent_seconds = since(begin);
    const auto asked = Clock::now();
    LIBRE_CHECK(question());
    facts_.round_trip = since(asked);
    machine::RemoteMachine machine(connection);
    LIBRE_TRY(facts_.machine, machine.look(limit(answer_limit)));
    facts_.clock_ahead = facts_.machine.clock - (now() - facts_.round_trip / 2);
    return {};
  }

  const InstanceConfig& instance_;
  const ConnectOptions& options_;
  ThereFacts facts_;
  std::unique_ptr<transport::Transport> transport_;
};

}  // namespace
}  // namespace client

std::vector<Finding> examine(const InstanceConfig& instance, const ConnectOptions& options) {
  return client::judge(client::Examination(instance, options).run());
}

}  // namespace libre
