// Several syncs of one mirror: who waits, who takes over, who is refused.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "base/text.hpp"
#include "sync/serve_endpoint.hpp"
#include "workshop.hpp"

using namespace libre;
using namespace workshop;
using Kind = SyncNote::Kind;

TEST_CASE("two syncs of one mirror take turns") {
  Bench bench;
  put(bench.local() / "a.py", "a");
  const auto locks = std::make_shared<libre::sync::MirrorLocks>();
  libre::sync::LocalEndpoint first(bench.places(), locks), second(bench.places(), locks);
  const auto tree =
      libre::sync::Tree::make({{.path = "a.py", .size = 1, .digest = digest_of(as_bytes("a"))}});
  REQUIRE(first.offer(bench.spec, *tree, {}, {}));
  const Wait brief{.deadline = Deadline::after(std::chrono::milliseconds(50))};
  const auto waited = second.offer(bench.spec, *tree, {}, brief);
  REQUIRE_FALSE(waited);
  CHECK(waited.error().code == Errc::timed_out);
}

namespace {

// Gives its first piece, then nothing until it is interrupted.
class SilentClient final : public libre::sync::ContentSource {
 public:
  explicit SilentClient(std::string begin) : begin_(std::move(begin)) {}
  Result<libre::sync::ContentPiece> next() override {
    if (!std::exchange(has_begun_, true)) return libre::sync::ContentPiece{.bytes = begin_};
    std::unique_lock guard(mutex_);
    silent_ = true;
    changed_.notify_all();
    changed_.wait(guard, [&] { return interrupted_; });
    return Error{Errc::interrupted, "interrupted"};
  }
  void interrupt() override {
    const std::lock_guard guard(mutex_);
    interrupted_ = true;
    changed_.notify_all();
  }
  void wait_until_silent() {
    std::unique_lock guard(mutex_);
    changed_.wait(guard, [&] { return silent_; });
  }

 private:
  std::string begin_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool has_begun_ = false, silent_ = false, interrupted_ = false;
};

}  // namespace

TEST_CASE("a sync takes over from one whose client has fallen silent, and goes on with what came") {
  Bench bench;
  const std::string content(megabyte, 'c');
  const auto locks = std::make_shared<libre::sync::MirrorLocks>(
      libre::sync::MirrorLocks::Limits{.idle = std::chrono::milliseconds(50)});
  libre::sync::LocalEndpoint first(bench.places(), locks), second(bench.places(), locks);
  const auto tree = libre::sync::Tree::make(
      {{.path = "a", .size = content.size(), .digest = digest_of(as_bytes(content))}});
  REQUIRE(first.offer(bench.spec, *tree, {}, {}));
  SilentClient silent(content.substr(0, 400));
  std::optional<Result<libre::sync::Applied>> given_up;
  std::thread holder([&] { given_up = first.supply(silent, {}); });
  silent.wait_until_silent();
  const auto offered =
      second.offer(bench.spec, *tree, {}, {.deadline = Deadline::after(std::chrono::seconds(20))});
  if (!offered) silent.interrupt();
  holder.join();
  REQUIRE(offered);
  REQUIRE(offered->needs.size() == 1);
  CHECK(offered->needs[0].offset == 400);
  REQUIRE_FALSE(*given_up);
  CHECK(given_up->error().code == Errc::exists);
  CHECK_FALSE(is_there(bench.mirror() / "a"));
}

TEST_CASE(
    "an offer whose client never sends the contents gives way, and its late contents are refused") {
  Bench bench;
  const auto locks = std::make_shared<libre::sync::MirrorLocks>(
      libre::sync::MirrorLocks::Limits{.idle = std::chrono::milliseconds(50)});
  libre::sync::LocalEndpoint first(bench.places(), locks), second(bench.places(), locks);
  const auto tree =
      libre::sync::Tree::make({{.path = "a", .size = 1, .digest = digest_of(as_bytes("a"))}});
  REQUIRE(first.offer(bench.spec, *tree, {}, {}));
  REQUIRE(
      second.offer(bench.spec, *tree, {}, {.deadline = Deadline::after(std::chrono::seconds(20))}));
  SilentClient late("a");
  const auto refused = first.supply(late, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::exists);
  CHECK_FALSE(is_there(bench.mirror() / "a"));
}

TEST_CASE("a sync does not wait for ever for another one that works") {
  const auto locks = std::make_shared<libre::sync::MirrorLocks>(libre::sync::MirrorLocks::Limits{
      .idle = std::chrono::milliseconds(0), .wait = std::chrono::milliseconds(50)});
  const auto held = libre::sync::MirrorLocks::take(locks, "mirror", {});
  REQUIRE(held);
  const auto waited = libre::sync::MirrorLocks::take(locks, "mirror", {});
  REQUIRE_FALSE(waited);
  CHECK(waited.error().code == Errc::exists);
  CHECK(waited.error().message.find("under way") != std::string::npos);
}

TEST_CASE("over a connection that is half dead a sync takes over, too") {
  Bench bench;
  const std::string content(1000, 'c');
  const auto locks = std::make_shared<libre::sync::MirrorLocks>(
      libre::sync::MirrorLocks::Limits{.idle = std::chrono::milliseconds(50)});
  auto pair = make_stream_pair();
  REQUIRE(pair);
  std::thread server([&] {
    rpc::Service service;
    libre::sync::serve_endpoint(service, bench.places(), locks);
    (void)rpc::serve(*pair->second, service, Log::nowhere());
  });
  const auto tree = libre::sync::Tree::make(
      {{.path = "a", .size = 1000, .digest = digest_of(as_bytes(content))}});
  auto connection = rpc::Connection::open(std::move(pair->first), {});
  REQUIRE(connection);
  libre::sync::RemoteEndpoint first(*connection);
  REQUIRE(first.offer(bench.spec, *tree, {}, {}));
  const auto call = connection->send("sync.supply", {.more = true}, {});  // and nothing after it
  REQUIRE(call);
  libre::sync::LocalEndpoint second(bench.places(), locks);
  const auto offered =
      second.offer(bench.spec, *tree, {}, {.deadline = Deadline::after(std::chrono::seconds(20))});
  CHECK(offered);
  const auto reply =
      connection->wait_reply(*call, {.deadline = Deadline::after(std::chrono::seconds(20))});
  CHECK_FALSE(reply);
  CHECK(reply.error().code == Errc::exists);
  connection->close();
  server.join();
}
