// One client's stream through the master, without a master around it.
#include "master/splice.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "base/stream.hpp"

using namespace libre;
using master::Splice;

namespace {

// All that it will ever bring has come already: nothing will wake whoever waits for it.
class FullChannel final : public transport::Channel {
 public:
  explicit FullChannel(std::size_t size) : left_(size) {}
  Result<bool> advance() override { return true; }
  bool has_news() const override { return left_ > 0; }
  Result<std::optional<std::size_t>> read_some(std::span<std::byte> buffer) override {
    const auto size = std::min(buffer.size(), left_);
    std::ranges::fill(buffer.first(size), std::byte{'x'});
    left_ -= size;
    return size > 0 ? std::optional(size) : std::nullopt;
  }
  Result<std::size_t> write_some(std::span<const std::byte> bytes) override { return bytes.size(); }
  void finish_writing() override {}
  std::string take_errors() override { return {}; }
  Result<std::optional<int>> exit_now() override { return std::optional<int>(); }
  void resize(transport::TerminalSize) override {}

 private:
  std::size_t left_;
};

}  // namespace

TEST_CASE(
    "what has come is passed on as fast as the client reads, though nothing new wakes the master") {
  constexpr std::size_t size = 4u << 20;
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0);
  // So much that all that waits in the splice fits in at once.
  const int room = 1 << 20;
  ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  const Fd client(ends[1]);
  Splice splice(Fd{ends[0]}, std::make_unique<FullChannel>(size), {}, false);
  std::size_t read = 0;
  std::string buffer(4u << 20, '\0');
  bool wants_a_turn = true;
  while (read < size) {
    // As the master's loop: it sleeps unless a descriptor has something or the splice wants a turn.
    pollfd look{splice.client_fd(), splice.client_events(), 0};
    const bool ready = ::poll(&look, 1, 0) > 0;
    if (ready || wants_a_turn) {
      splice.client_is(look.revents);
      wants_a_turn = splice.move(true);
      continue;
    }
    // Only now the client reads: all that is there.
    const auto got = ::recv(client.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    REQUIRE(got > 0);  // else both sleep
    read += static_cast<std::size_t>(got);
  }
  CHECK(read == size);
}
