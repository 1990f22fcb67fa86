#include "client/forward_keeper.hpp"

#include <fmt/format.h>

#include "base/random.hpp"
#include "bootstrap/bridge.hpp"
#include "master/place.hpp"
#include "transport/ssh/target.hpp"

namespace libre::client {
namespace {

constexpr auto long_pause = std::chrono::minutes(1);

}  // namespace

ForwardKeeper::ForwardKeeper(Link& link, forward::Forwarder& forwarder,
                             std::vector<ForwardSpec>& specs, Hooks hooks)
    : link_(link),
      forwarder_(forwarder),
      specs_(specs),
      hooks_(std::move(hooks)),
      reconnect_(link.stream_patience(), link.options().observer) {
  request_.key = random_id(16);
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (!specs[i].reverse) continue;
    request_.ports.push_back({specs[i].bind, specs[i].port, specs[i].exact});
    lines_.push_back(i);
  }
}

Result<forward::Way> ForwardKeeper::way() const {
  const auto& facts = link_.facts();
  if (link_.instance().local) return forward::Way{.agent = facts.socket};
  const auto env = process_environment();
  LIBRE_TRY(const auto home, home_directory(env));
  LIBRE_TRY(const auto target, transport::resolve_ssh_target(link_.instance()));
  forward::Way way{.master = master::find_place(target, home, env).socket().string()};
  if (!facts.bridged) {
    way.agent = facts.socket;
  } else if (facts.entry == bootstrap::entry_login) {
    bootstrap::ScriptTerms terms;
    terms.marker = random_id(20);
    terms.root = link_.instance().remote_root;
    const auto bridge = bootstrap::bridge_command(terms, facts.agent);
    way.bridge = bridge.line;
    way.marker = bridge.marker;
  }
  return way;
}

Result<void> ForwardKeeper::begin() {
  LIBRE_CHECK(hold());
  begun_at_ = Backoff::Clock::now();
  return {};
}

// Asks the agent, and waits until it listens.
Result<void> ForwardKeeper::hold() {
  call_.reset();
  listening_ = false;
  LIBRE_TRY(rpc::Connection * connection, link_.shared());
  LIBRE_TRY(auto leads, way());
  if (!request_.ports.empty() && leads.agent.empty() && leads.bridge.empty())
    return Error{Errc::denied, fmt::format("ports on {} cannot lead here", link_.instance().name),
                 "its SSH server forbids forwards to sockets",
                 "set AllowStreamLocalForwarding yes in its sshd_config"};
  LIBRE_TRY(const auto call, connection->send("forward.hold", {.header = to_json(request_)},
                                              link_.wait(answer_limit)));
  const auto held = connection->wait_reply(
      call, link_.wait(answer_limit),
      [this](const std::string& header, const std::string&) { return take_event(header); });
  // The first event ends the waiting, not the call.
  if (!listening_) return held ? Error{Errc::disconnected, "the agent has left"} : held.error();
  call_ = call;
  forwarder_.use(std::move(leads));
  return {};
}

Result<void> ForwardKeeper::take_event(const std::string& header) {
  LIBRE_TRY(const auto event, from_json<forward::HoldEvent>(header));
  if (event.connection != 0) {
    const auto index = static_cast<std::size_t>(event.index);
    if (index < lines_.size()) forwarder_.arrived(lines_[index], event.connection);
    return {};
  }
  for (std::size_t i = 0; i < lines_.size() && i < event.ports.size(); ++i) {
    specs_[lines_[i]].port = request_.ports[i].port = event.ports[i];
    request_.ports[i].exact = true;  // the same one again after a break
  }
  listening_ = true;
  return Error{Errc::interrupted, "it listens"};
}

Result<void> ForwardKeeper::act_on_nudge() {
  auto& stop = link_.stop();
  if (stop.requested() || hooks_.done()) return Error{Errc::interrupted, "interrupted"};
  stop.take_nudge();
  for (const auto& notice : forwarder_.notices()) {
    if (link_.options().observer) link_.options().observer->notice(notice.describe());
    hooks_.changed(true, notice.message);
  }
  if (forwarder_.lost()) return Error{Errc::disconnected, "the connection does not work any more"};
  return {};
}

Result<void> ForwardKeeper::stay() {
  LIBRE_TRY(rpc::Connection * connection, link_.shared());
  for (;;) {
    LIBRE_CHECK(act_on_nudge());
    const auto reply = connection->wait_reply(
        *call_, link_.wait_nudged(Deadline::never()),
        [this](const std::string& header, const std::string&) { return take_event(header); });
    if (reply) return Error{Errc::disconnected, "the agent has ended the forward"};
    if (reply.error().code != Errc::interrupted) return reply.error();
  }
}

Result<void> ForwardKeeper::run(bool keep_trying) {
  for (;;) {
    auto ended = call_ ? stay() : hold();
    if (ended) {
      begun_at_ = Backoff::Clock::now();
      reconnect_.connected();
      hooks_.changed(true, {});
      continue;
    }
    if (ended.error().code == Errc::interrupted) return {};
    if (call_) reconnect_.was_open_for(Backoff::Clock::now() - begun_at_);
    call_.reset();
    hooks_.changed(false, ended.error().message);
    link_.drop();
    const bool heals = may_heal(ended.error().code);
    if (!heals && !keep_trying) return ended;
    const auto paused =
        heals ? reconnect_.pause(ended.error(), link_.stop().stop_waker())
              : wait_for(-1, 0, {Deadline::after(long_pause), &link_.stop().stop_waker()});
    if (link_.stop().requested() || hooks_.done()) return {};
    if (heals) LIBRE_CHECK(paused);
  }
}

}  // namespace libre::client
