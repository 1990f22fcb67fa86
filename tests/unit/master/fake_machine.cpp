#include "fake_machine.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <stdexcept>

namespace libre::testing {
namespace {

class FakeChannel final : public transport::Channel {
 public:
  FakeChannel(Fd fd, bool hangs, bool fails) : fd_(std::move(fd)), hangs_(hangs), fails_(fails) {}

  Result<bool> advance() override {
    if (fails_) return Error{Errc::denied, "the machine forbids it"};
    return !hangs_;
  }
  bool has_news() const override {
    pollfd look{fd_.get(), POLLIN, 0};
    return ::poll(&look, 1, 0) > 0;
  }
  Result<std::optional<std::size_t>> read_some(std::span<std::byte> buffer) override {
    const auto got = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return std::optional<std::size_t>();
    if (got < 0) return system_error("cannot read", errno);
    return static_cast<std::size_t>(got);
  }
  Result<std::size_t> write_some(std::span<const std::byte> bytes) override {
    const auto put = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put < 0 && errno == EAGAIN) return std::size_t{0};
    if (put < 0) return system_error("cannot write", errno);
    return static_cast<std::size_t>(put);
  }
  void finish_writing() override { ::shutdown(fd_.get(), SHUT_WR); }
  std::string take_errors() override { return std::exchange(errors_, {}); }
  Result<std::optional<int>> exit_now() override { return std::optional<int>(3); }
  void resize(transport::TerminalSize size) override {
    errors_ = std::to_string(size.columns) + "x" + std::to_string(size.rows);
  }

 private:
  Fd fd_;
  bool hangs_, fails_;
  std::string errors_ = "stderr";
};

}  // namespace

FakeMachine::FakeMachine() : news_(::epoll_create1(EPOLL_CLOEXEC)) {}

std::unique_ptr<transport::Channel> FakeMachine::channel(bool hangs, bool fails) {
  auto pair = make_socketpair();
  if (!pair) throw std::runtime_error(pair.error().describe());
  epoll_event wanted{};
  wanted.events =
      EPOLLIN | EPOLLOUT | EPOLLET;  // once for each change: what is left unread is no news
  ::epoll_ctl(news_.get(), EPOLL_CTL_ADD, pair->first.get(), &wanted);
  far_ends_.push_back(std::make_unique<FdStream>(std::move(pair->second)));
  return std::make_unique<FakeChannel>(std::move(pair->first), hangs, fails);
}

Result<std::unique_ptr<transport::Channel>> FakeMachine::begin_socket(const std::string& path) {
  return channel(hanging.contains(path), forbidden.contains(path));
}
Result<std::unique_ptr<transport::Channel>> FakeMachine::begin_tcp(const std::string&, int) {
  return channel(false, false);
}
Result<std::unique_ptr<transport::Channel>> FakeMachine::begin_command(
    const std::string&, const std::optional<transport::Terminal>&) {
  return channel(false, false);
}

short FakeMachine::poll_events() const { return POLLIN; }

Result<void> FakeMachine::serve() {
  epoll_event events[64];
  (void)::epoll_wait(news_.get(), events, 64, 0);
  if (dead) return Error{Errc::disconnected, "the machine is gone"};
  return {};
}

}  // namespace libre::testing
