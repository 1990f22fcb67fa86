// Keeps the way between a Forwarder and its machine open: a call to the agent that lasts as long as the
// forward, tells of connections to ports over there, and whose end is the end of the connection.
#pragma once
#include <atomic>
#include <functional>
#include <optional>

#include "client/link.hpp"
#include "forward/forwarder.hpp"
#include "forward/messages.hpp"

namespace libre::client {

class ForwardKeeper {
 public:
  struct Hooks {
    std::function<void(bool connected, const std::string& problem)> changed;
    std::function<bool()> done;  // asked after every nudge of the link's Stop
  };
  // All is borrowed. `link` must lead through a master, or to this machine.
  ForwardKeeper(Link& link, forward::Forwarder& forwarder, std::vector<ForwardSpec>& specs,
                Hooks hooks);

  // Connects for the first time, and puts the ports that were got over there into `specs`.
  Result<void> begin();
  // Until a Stop, or until done() is true. With `keep_trying` an error that no new connection mends is not
  // the end: another attempt follows, a minute later.
  Result<void> run(bool keep_trying);

 private:
  Result<void> hold();
  Result<void> stay();
  Result<void> take_event(const std::string& header);
  Result<void> act_on_nudge();
  Result<forward::Way> way() const;

  Link& link_;
  forward::Forwarder& forwarder_;
  std::vector<ForwardSpec>& specs_;
  Hooks hooks_;
  forward::HoldRequest request_;
  std::vector<std::size_t> lines_;  // of the request's ports in specs_
  std::optional<rpc::CallId> call_;
  bool listening_ = false;  // the agent has said so
  Backoff::Clock::time_point begun_at_{};
  Reconnect reconnect_;
};

}  // namespace libre::client
