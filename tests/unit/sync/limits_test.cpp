#include <doctest/doctest.h>

#include <atomic>
#include <optional>
#include <random>
#include <thread>

#include "sync/serve_endpoint.hpp"
#include "workshop.hpp"

using namespace libre;
using namespace workshop;

namespace {

using libre::sync::RemoteEndpoint;
using libre::sync::RemoteLimits;

constexpr RemoteLimits tight{.answer = std::chrono::milliseconds(100),
                             .idle = std::chrono::milliseconds(100)};
const Wait a_minute{.deadline = Deadline::after(std::chrono::seconds(60))};

// A connection whose other end takes what comes and never says a word.
struct Silence {
  Silence() {
    auto pair = make_stream_pair();
    REQUIRE(pair);
    other = std::move(pair->second);
    auto opened = rpc::Connection::open(std::move(pair->first), {});
    REQUIRE(opened);
    connection.emplace(std::move(*opened));
  }
  std::unique_ptr<Stream> other;
  std::optional<rpc::Connection> connection;
};

template <class T>
void check_timed_out(const Result<T>& result) {
  REQUIRE_FALSE(result);
  CHECK(result.error().code == Errc::timed_out);
  CHECK_FALSE(a_minute.deadline.passed());
}

// Of bytes that do not get smaller on their way.
class Endless final : public libre::sync::ContentSource {
 public:
  Result<libre::sync::ContentPiece> next() override {
    return libre::sync::ContentPiece{.bytes = bytes_};
  }

 private:
  std::string bytes_ = noise(256 * 1024, 1);
};

}  // namespace

TEST_CASE("no call waits for ever for a network that is silent") {
  const libre::sync::MirrorSpec spec{.path = "p", .project_id = "i"};
  {
    Silence s;
    check_timed_out(RemoteEndpoint(*s.connection, tight).find(spec, a_minute));
  }
  {
    Silence s;
    check_timed_out(RemoteEndpoint(*s.connection, tight).offer(spec, {}, {}, a_minute));
  }
  {
    Silence s;
    check_timed_out(
        RemoteEndpoint(*s.connection, tight).list({.mirror = spec, .patterns = {"a"}}, a_minute));
  }
  {
    Silence s;
    const auto ignore = [](const libre::sync::ContentPiece&) -> Result<void> { return {}; };
    check_timed_out(RemoteEndpoint(*s.connection, tight)
                        .read(spec, {{.path = "a", .size = 1}}, ignore, a_minute));
  }
}

TEST_CASE("contents that nobody takes end with timed_out") {
  Bench bench;
  auto pair = make_stream_pair();
  REQUIRE(pair);
  std::atomic<bool> stuck = true;
  // Takes the offer and answers it; carries out no supply, so that what is sent piles up.
  std::thread server([&] {
    rpc::Service service;
    libre::sync::serve_endpoint(service, bench.places(),
                                std::make_shared<libre::sync::MirrorLocks>());
    service.on("sync.supply", [&](rpc::Call&) -> Result<rpc::Answer> {
      stuck.wait(true);
      return Error{Errc::internal, "stuck"};
    });
    (void)rpc::serve(*pair->second, service, Log::nowhere());
  });
  auto connection = rpc::Connection::open(std::move(pair->first), {});
  REQUIRE(connection);
  RemoteEndpoint endpoint(*connection, {.idle = std::chrono::milliseconds(100)});
  const auto tree = libre::sync::Tree::make({{.path = "a", .size = 100'000'000}});
  REQUIRE(endpoint.offer(bench.spec, *tree, {}, a_minute));
  Endless contents;
  const auto sent = endpoint.supply(contents, a_minute);
  stuck = false;
  stuck.notify_all();
  connection->close();
  server.join();
  check_timed_out(sent);
}

TEST_CASE("after a read that its receiver ended, the connection is fit for the next call") {
  Bench bench;
  put(bench.mirror() / "big", std::string(20'000'000, 'b'));
  put(bench.mirror() / "small", "s");
  const auto listing =
      bench.endpoint().list({.mirror = bench.spec, .patterns = {"big", "small"}}, a_minute);
  REQUIRE(listing);
  const auto item = [&](std::string_view path) {
    const auto* entry = listing->tree.find(path);
    return libre::sync::ReadItem{entry->path.str(), 0, entry->size, entry->mtime_ns};
  };
  const auto full = [](const libre::sync::ContentPiece&) -> Result<void> {
    return Error{Errc::disk_full, "full"};
  };
  const auto ended = bench.endpoint().read(bench.spec, {item("big")}, full, a_minute);
  REQUIRE_FALSE(ended);
  CHECK(ended.error().code == Errc::disk_full);
  std::string got;
  const auto keep = [&](const libre::sync::ContentPiece& piece) -> Result<void> {
    got += piece.bytes;
    return {};
  };
  REQUIRE(bench.endpoint().read(bench.spec, {item("small")}, keep, a_minute));
  CHECK(got == "s");
}
