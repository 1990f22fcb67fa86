#include "client/link.hpp"

#include <cstdlib>

#include "base/paths.hpp"
#include "bootstrap/connect.hpp"
#include "bootstrap/platform.hpp"
#include "master/start.hpp"
#include "transport/ssh/ssh_transport.hpp"
#include "transport/ssh/target.hpp"

namespace libre::client {
namespace {

// Of a master that is needed by one command only: for the moments between two of its streams.
constexpr std::chrono::milliseconds shortest_idle{3000};

}  // namespace

Result<std::unique_ptr<Link>> Link::open(const InstanceConfig& instance,
                                         const ConnectOptions& options, bool shared) {
  const auto env = process_environment();
  LIBRE_TRY(const auto home, home_directory(env));
  std::unique_ptr<Link> link(
      new Link(instance, options, FactsStore(state_home(env, home) / "re" / "instances"), shared));
  LIBRE_CHECK(link->shared());
  return link;
}

Result<bootstrap::Bundle> bundle_to_try(const std::string& known_platform, bool local) {
  const auto env = process_environment();
  if (local) return bootstrap::find_bundle(bootstrap::own_platform(), env);
  if (!known_platform.empty())
    if (auto known = bootstrap::find_bundle(known_platform, env)) return known;
  return bootstrap::find_bundle(bootstrap::usual_platform, env);
}

Result<std::unique_ptr<Stream>> Link::reach() {
  const Wait limit = wait(options_.timeout);
  const Log log = options_.trace ? Log::to_stderr() : Log::nowhere();
  bootstrap::ReachOptions reach{
      .remote_root = instance_.remote_root, .observer = options_.observer, .log = log};
  reach.bundle_for = [](const std::string& platform) {
    return bootstrap::find_bundle(platform, process_environment());
  };
  if (!instance_.local) reach.known = store_.find(instance_).value_or(bootstrap::Facts{});
  LIBRE_TRY(reach.bundle, bundle_to_try(reach.known.platform, instance_.local));
  if (instance_.local) {
    LIBRE_TRY(auto agent, bootstrap::reach_local_agent(reach, limit));
    facts_ = std::move(agent.facts);
    return std::move(agent.stream);
  }
  if (!transport_) {
    LIBRE_TRY(transport_, open_transport(limit));
  }
  LIBRE_TRY(auto agent, bootstrap::reach_agent(*transport_, reach, limit));
  facts_ = std::move(agent.facts);
  store_.remember(instance_, facts_);
  return std::move(agent.stream);
}

Result<std::unique_ptr<transport::Transport>> Link::open_transport(const Wait& limit) {
  LIBRE_TRY(auto target, transport::resolve_ssh_target(instance_));
  const transport::ConnectHooks hooks{options_.observer, options_.prompter,
                                      options_.trace ? Log::to_stderr() : Log::nowhere()};
  through_master_ = options_.only_open;
  if (options_.only_open) return master::join_master(target, limit);
  auto idle_limit = std::chrono::milliseconds(std::chrono::minutes(instance_.persist_minutes));
  const auto program = master::find_program(process_environment());
  if (!program) hooks.log.info(program.error().describe());
  if (must_share_ && !program) return program.error();
  if (must_share_) idle_limit = std::max(idle_limit, shortest_idle);
  if (!alone_ && program && idle_limit.count() > 0) {
    if (const auto seconds = process_environment()("RE_MASTER_IDLE"))
      idle_limit = std::chrono::seconds(std::atoi(seconds->c_str()));
    const auto known = store_.find(instance_).value_or(bootstrap::Facts{});
    auto shared = master::connect_master({.target = target,
                                          .hooks = hooks,
                                          .program = *program,
                                          .idle_limit = idle_limit,
                                          .agent_socket = known.bridged ? "" : known.socket},
                                         limit);
    through_master_ = shared.has_value();
    if (shared || must_share_ || shared.error().code != Errc::denied) return shared;
    // Where the shared connection would lie is not ours alone. One of our own needs no such place.
    if (options_.observer) options_.observer->notice(shared.error().describe());
    alone_ = true;
  }
  LIBRE_TRY(auto own, transport::connect_ssh(target, hooks, limit));
  return std::unique_ptr<transport::Transport>(std::move(own));
}

Result<rpc::Connection> Link::connect_once() {
  auto stream = reach();
  // Where forwards are forbidden each stream to the agent needs a session, and the server may grant a
  // login only one: log in for ourselves then. What is open keeps its login by itself.
  if (!stream && stream.error().code == Errc::denied && transport_ && !must_share_) {
    alone_ = true;
    transport_.reset();
    stream = reach();
  }
  if (!stream) return std::move(stream).error();
  return rpc::Connection::open(std::move(*stream), wait(options_.timeout));
}

Result<rpc::Connection> Link::connect() {
  auto connection = connect_once();
  // The shared connection may be older than this command, and have died unnoticed.
  if (connection || !through_master_ || connection.error().code != Errc::disconnected)
    return connection;
  // Only the way there: the shared one may be in use by whoever asked for this one. It is a stream of its
  // own, and its end will be noticed there.
  transport_.reset();
  return connect_once();
}

Result<rpc::Connection*> Link::shared() {
  if (!shared_) {
    LIBRE_TRY(auto connection, connect());
    shared_ = std::make_unique<rpc::Connection>(std::move(connection));
  }
  return shared_.get();
}

Result<transport::Transport*> Link::transport() {
  if (instance_.local)
    return Error{Errc::usage, "the local instance is reached without a transport"};
  if (!transport_) {
    LIBRE_TRY(transport_, open_transport(wait(options_.timeout)));
  }
  return transport_.get();
}

Wait Link::wait(std::chrono::milliseconds limit) const {
  // A connection that others opened has shown us no sign of life yet: until it has, this is still the
  // connecting.
  if (through_master_ && shared_ && shared_->peer_version().empty())
    limit = std::min(limit, options_.timeout);
  return {Deadline::after(limit), &stop().stop_waker()};
}

void Link::drop() {
  shared_.reset();
  transport_.reset();
}

}  // namespace libre::client
