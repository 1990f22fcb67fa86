// One connection of a Forwarder: from a socket on this side to the machine.
#pragma once
#include <optional>

#include "forward/forwarder.hpp"
#include "forward/pump.hpp"

namespace libre::forward {

class Journey final : public Part {
 public:
  // `near` may still be opening. `connection`: the one that the agent keeps for us; 0 = the far side is to
  // be connected to the line's target.
  Journey(Forwarder& owner, Forwarder::Line& line, Opening near, std::uint64_t connection)
      : owner_(owner), line_(line), near_(std::move(near)), connection_(connection) {}

  void wait(std::vector<pollfd>& fds) const override;
  Deadline due() const override;
  void look(std::span<const pollfd> fds) override;
  bool over() const override { return over_ || (pump_ && pump_->over()); }

 private:
  void advance_near();
  void advance_far();
  void far_failed(const Error& error);
  Opening begin(const Way& way) const;

  Forwarder& owner_;
  Forwarder::Line& line_;
  Opening near_;
  std::uint64_t connection_;
  std::optional<Socket> near_open_;
  std::optional<Opening> far_;
  std::uint64_t way_ = 0;               // the number of the way that far_ goes, or went
  bool by_agent_ = false;               // far_ asks the agent, not the server, for the connection
  Deadline retry_ = Deadline::never();  // another attempt over the same way
  bool near_failed_ = false;            // the one over there is fetched only to be closed
  std::optional<Pump> pump_;
  bool over_ = false;
};

}  // namespace libre::forward
