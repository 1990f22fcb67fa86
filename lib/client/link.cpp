#include "client/link.hpp"

#include "base/paths.hpp"
#include "bootstrap/connect.hpp"
#include "transport/ssh/ssh_transport.hpp"
#include "transport/ssh/target.hpp"

namespace libre::client {

Result<std::unique_ptr<Link>> Link::open(const InstanceConfig& instance,
                                         const ConnectOptions& options) {
  const auto env = process_environment();
  LIBRE_TRY(const auto home, home_directory(env));
  std::unique_ptr<Link> link(
      new Link(instance, options, FactsStore(state_home(env, home) / "re" / "instances")));
  LIBRE_CHECK(link->shared());
  return link;
}

Result<std::unique_ptr<Stream>> Link::reach() {
  const Wait limit = wait(options_.timeout);
  const Log log = options_.trace ? Log::to_stderr() : Log::nowhere();
  bootstrap::ReachOptions reach{
      .remote_root = instance_.remote_root, .observer = options_.observer, .log = log};
  // Only 64-bit PCs so far; install.cpp tells those apart that are something else.
  LIBRE_TRY(reach.bundle, bootstrap::find_bundle("linux-x86_64", process_environment()));
  if (instance_.local) {
    LIBRE_TRY(auto agent, bootstrap::reach_local_agent(reach, limit));
    facts_ = std::move(agent.facts);
    return std::move(agent.stream);
  }
  if (!transport_) {
    LIBRE_TRY(const auto target, transport::resolve_ssh_target(instance_));
    LIBRE_TRY(transport_,
              transport::connect_ssh(target, {options_.observer, options_.prompter, log}, limit));
  }
  reach.known = store_.find(instance_).value_or(bootstrap::Facts{});
  LIBRE_TRY(auto agent, bootstrap::reach_agent(*transport_, reach, limit));
  facts_ = std::move(agent.facts);
  store_.remember(instance_, facts_);
  return std::move(agent.stream);
}

Result<rpc::Connection> Link::connect() {
  auto stream = reach();
  if (!stream && stream.error().code == Errc::denied && transport_) {
    // Where forwards are forbidden each connection needs a session, and the server may grant a login
    // only one: log in once more. What is open keeps its login by itself.
    transport_.reset();
    stream = reach();
  }
  if (!stream) return std::move(stream).error();
  return rpc::Connection::open(std::move(*stream), wait(options_.timeout));
}

Result<rpc::Connection*> Link::shared() {
  if (!shared_) {
    LIBRE_TRY(auto connection, connect());
    shared_ = std::make_unique<rpc::Connection>(std::move(connection));
  }
  return shared_.get();
}

void Link::drop() {
  shared_.reset();
  transport_.reset();
}

Result<void> Link::pause(Backoff& backoff, const Error& failure) {
  const auto span = backoff.next();
  if (!span) return failure;
  if (options_.observer)
    options_.observer->status("the connection broke (" + failure.message + "), trying again");
  const auto slept = wait_for(-1, 0, wait(*span));
  if (!slept && slept.error().code == Errc::interrupted) return slept;
  return {};
}

}  // namespace libre::client
