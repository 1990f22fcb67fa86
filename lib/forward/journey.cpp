#include "forward/journey.hpp"

#include <utility>

#include "forward/messages.hpp"
#include "master/messages.hpp"
#include "wire/message.hpp"

namespace libre::forward {
namespace {

constexpr auto turn_pause = std::chrono::milliseconds(200);

std::string to_master(const master::Request& request) {
  return wire::encode_message(to_json(request));
}

Error slow_way(const Error& denied) {
  return {Errc::denied, "the server forbids forwards; connections go through commands instead",
          denied.cause + "; it grants a login only so many commands at once (MaxSessions)",
          denied.hint};
}

std::string to_agent(const StreamRequest& request) {
  return std::string(stream_magic) + wire::encode_message(to_json(request));
}

}  // namespace

Opening Journey::begin(const Way& way) const {
  const auto& spec = line_.spec;
  if (connection_ == 0 && way.master.empty()) return Opening(line_.here);
  if (!by_agent_)
    return Opening(
        way.master,
        {{to_master({.verb = master::Verb::tcp, .host = spec.host, .port = spec.host_port})}});
  const Step wanted{connection_ != 0 ? to_agent({.connection = connection_})
                                     : to_agent({.host = spec.host, .port = spec.host_port})};
  if (way.master.empty()) return Opening(way.agent, {wanted});
  if (!way.agent.empty())
    return Opening(way.master,
                   {{to_master({.verb = master::Verb::agent, .path = way.agent})}, wanted});
  return Opening(way.master,
                 {{to_master({.verb = master::Verb::execute, .command = way.bridge, .raw = true})},
                  {.marker = way.marker},
                  wanted});
}

void Journey::wait(std::vector<pollfd>& fds) const {
  if (pump_) return pump_->wait(fds);
  // While the far side opens only the near one's going matters: what it says waits in its socket.
  fds.push_back(near_open_ ? pollfd{near_open_->fd.get(), 0, 0} : near_.wait());
  fds.push_back(far_ ? far_->wait() : pollfd{-1, 0, 0});
}

Deadline Journey::due() const {
  if (pump_ || over_) return Deadline::never();
  if (!near_open_ && !near_failed_) return near_.due();
  return far_ ? far_->due() : retry_;
}

void Journey::look(std::span<const pollfd> fds) {
  if (pump_) return pump_->move(fds);
  if (near_open_ && (fds[0].revents & (POLLHUP | POLLERR))) over_ = true;
  if (!near_open_ && !near_failed_) advance_near();
  if (!over_ && (near_open_ || near_failed_)) advance_far();
}

void Journey::advance_near() {
  const auto open = near_.advance();
  if (open && *open) near_open_ = near_.take();
  if (open) return;
  owner_.tell(Error(open.error())
                  .wrapped("nobody answers at " + line_.spec.host + " port " +
                           std::to_string(line_.spec.host_port) + " here"));
  near_failed_ = true;
}

void Journey::advance_far() {
  if (!far_) {
    const auto current = owner_.current();
    if (current.lost) retry_ = Deadline::never();  // the next way will do
    if (current.lost || (current.number == way_ && !retry_.passed())) return;
    retry_ = Deadline::never();
    way_ = current.number;
    by_agent_ = connection_ != 0 || line_.by_agent;
    far_.emplace(begin(current.way));
  }
  const auto open = far_->advance();
  if (!open) return far_failed(open.error());
  if (!*open) return;
  over_ = near_failed_;
  if (over_) return;
  pump_.emplace(std::move(*near_open_), far_->take());
  pump_->start();  // who connects has often said something by now
}

void Journey::far_failed(const Error& error) {
  far_.reset();
  // What the agent keeps for us dies with the connection that it announced it on.
  const bool way_is_closed = error.code == Errc::disconnected || error.code == Errc::version;
  if (way_is_closed) owner_.lose(way_);
  if (way_is_closed && connection_ == 0) return;  // the next way may lead there
  const auto way = owner_.current().way;
  const bool agent_can = !way.master.empty() && !(way.agent.empty() && way.bridge.empty());
  if (error.code == Errc::denied && agent_can && connection_ == 0 && !by_agent_) {
    if (!std::exchange(line_.by_agent, true) && way.agent.empty()) owner_.tell(slow_way(error));
    way_ = 0;
    return advance_far();
  }
  // The server grants a login so many commands at once; this one has its turn when another has ended.
  if (error.code == Errc::denied && agent_can && way.agent.empty()) {
    retry_ = Deadline::after(turn_pause);
    return;
  }
  if (!way_is_closed) owner_.tell(error);
  over_ = true;
}

}  // namespace libre::forward
