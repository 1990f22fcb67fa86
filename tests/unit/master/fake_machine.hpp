// A machine whose streams are under the test's control: each channel that the master opens is one end
// of a socket pair, and the test holds the other one.
#pragma once
#include <atomic>
#include <memory>
#include <set>
#include <string>

#include "base/stream.hpp"
#include "transport/multiplexer.hpp"

namespace libre::testing {

class FakeMachine final : public transport::Multiplexer {
 public:
  FakeMachine();

  Result<std::unique_ptr<transport::Channel>> begin_socket(const std::string& path) override;
  Result<std::unique_ptr<transport::Channel>> begin_tcp(const std::string& host, int port) override;
  Result<std::unique_ptr<transport::Channel>> begin_command(
      const std::string& command, const std::optional<transport::Terminal>& terminal) override;
  int fd() const override { return news_.get(); }
  short poll_events() const override;
  Result<void> serve() override;
  bool has_heard() const override { return false; }
  Result<void> check_alive() override { return {}; }
  std::optional<std::chrono::nanoseconds> round_trip() const override { return seen_round_trip; }

  // The machine's ends, in the order in which they were opened.
  FdStream& far_end(std::size_t index) { return *far_ends_.at(index); }
  std::size_t opened() const { return far_ends_.size(); }

  std::set<std::string> hanging{};    // paths whose opening never ends
  std::set<std::string> forbidden{};  // paths whose opening fails
  std::atomic<bool> dead = false;     // serve() fails from now on
  std::optional<std::chrono::nanoseconds> seen_round_trip{};

 private:
  std::unique_ptr<transport::Channel> channel(bool hangs, bool fails);
  Fd news_;  // an epoll descriptor over all channels
  std::vector<std::unique_ptr<FdStream>> far_ends_;
};

}  // namespace libre::testing
