// A listening socket in a loop.
#pragma once
#include <functional>

#include "base/fd.hpp"
#include "forward/loop.hpp"

namespace libre::forward {

class Accepting final : public Part {
 public:
  // `on_accept` gets each connection, non-blocking; in the loop's thread.
  Accepting(Fd socket, std::function<void(Fd)> on_accept)
      : socket_(std::move(socket)), on_accept_(std::move(on_accept)) {}

  void wait(std::vector<pollfd>& fds) const override {
    fds.push_back({pause_.is_never() ? socket_.get() : -1, POLLIN, 0});
  }
  Deadline due() const override { return pause_; }
  void look(std::span<const pollfd> fds) override;
  bool over() const override { return false; }

 private:
  Fd socket_;
  std::function<void(Fd)> on_accept_;
  Deadline pause_ = Deadline::never();
};

}  // namespace libre::forward
