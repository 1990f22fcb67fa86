// Bytes between two sockets, one thread for all of them.
#include "forward/pump.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <thread>

#include "base/stream.hpp"
#include "forward/loop.hpp"
#include "support/home.hpp"
#include "support/patience.hpp"

using namespace libre;
using namespace libre::forward;
using namespace libre::testing;

namespace {

class Pumping final : public Part {
 public:
  Pumping(Fd left, Fd right) : pump_(Socket{std::move(left)}, Socket{std::move(right)}) {}
  void wait(std::vector<pollfd>& fds) const override { pump_.wait(fds); }
  void look(std::span<const pollfd> fds) override { pump_.move(fds); }
  bool over() const override { return pump_.over(); }

 private:
  Pump pump_;
};

// A loop in a thread, and both far ends of each connection that it copies.
struct Copier {
  std::unique_ptr<Loop> loop = std::move(*Loop::create());
  std::thread thread{[this] { (void)loop->run(); }};
  struct Ends {
    std::unique_ptr<FdStream> left, right;
  };
  ~Copier() {
    loop->stop();
    thread.join();
  }
  Ends connect() const {
    auto left = std::move(*make_socketpair()), right = std::move(*make_socketpair());
    loop->add(std::make_unique<Pumping>(std::move(left.second), std::move(right.second)));
    return {std::make_unique<FdStream>(std::move(left.first)),
            std::make_unique<FdStream>(std::move(right.first))};
  }
};

std::string read_to_end(Stream& stream) {
  std::string text;
  std::byte buffer[64 * 1024];
  for (;;) {
    const auto got = stream.read(buffer, soon());
    if (!got) FAIL(got.error().describe());
    if (*got == 0) return text;
    text += as_text(std::span(buffer, *got));
  }
}

}  // namespace

TEST_CASE("bytes go both ways, and the end of one direction leaves the other open") {
  const Copier copier;
  const auto ends = copier.connect();
  const std::string question(3'000'000, 'q'), answer(2'000'000, 'a');
  std::thread asking([&] {
    CHECK(ends.left->write(as_bytes(question), soon()));
    ends.left->end_writing();
  });
  CHECK((read_to_end(*ends.right) == question));
  asking.join();
  std::thread answering([&] {
    CHECK(ends.right->write(as_bytes(answer), soon()));
    ends.right->end_writing();
  });
  CHECK((read_to_end(*ends.left) == answer));
  answering.join();
  CHECK(eventually([&] { return copier.loop->size() == 0; }));
}

TEST_CASE("who does not read is held back after a bounded number of bytes, and holds up nobody") {
  const Copier copier;
  const auto stalled = copier.connect();
  const std::string piece(64 * 1024, 'x');
  std::size_t sent = 0;
  while (stalled.left->write(as_bytes(piece), {Deadline::after(std::chrono::milliseconds(200))}))
    sent += piece.size();
  CHECK(sent < 2'000'000);
  for (int i = 0; i < 50; ++i) {
    const auto other = copier.connect();
    REQUIRE(other.left->write(as_bytes("ping"), soon()));
    CHECK(*read_exactly(*other.right, 4, soon()) == "ping");
    REQUIRE(other.right->write(as_bytes("pong"), soon()));
    CHECK(*read_exactly(*other.left, 4, soon()) == "pong");
  }
  CHECK(eventually([&] { return copier.loop->size() == 1; }));
  CHECK(read_exactly(*stalled.right, sent, soon())->size() == sent);
}

TEST_CASE("a side that goes away ends its connection, though the other one never reads") {
  const Copier copier;
  auto ends = copier.connect();
  REQUIRE(ends.left->write(as_bytes("hello"), soon()));
  CHECK(*read_exactly(*ends.right, 5, soon()) == "hello");
  ends.right.reset();
  CHECK(read_to_end(*ends.left).empty());
  ends.left.reset();
  CHECK(eventually([&] { return copier.loop->size() == 0; }));
}

TEST_CASE("a thousand connections at once are served, each with its own bytes") {
  const Copier copier;
  std::vector<Copier::Ends> all;
  for (int i = 0; i < 1000; ++i) all.push_back(copier.connect());
  for (std::size_t i = 0; i < all.size(); ++i)
    REQUIRE(all[i].left->write(as_bytes("number " + std::to_string(1000 + i)), soon()));
  for (std::size_t i = all.size(); i-- > 0;)
    CHECK(*read_exactly(*all[i].right, 11, soon()) == "number " + std::to_string(1000 + i));
  all.clear();
  CHECK(eventually([&] { return copier.loop->size() == 0; }));
}
