#include "hostile.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <cstdio>

#include "base/random.hpp"
#include "cut_stream.hpp"

namespace workshop {

using namespace libre;

namespace {
const Wait patient{.deadline = Deadline::after(std::chrono::minutes(10))};
}

std::string raw_tree(const std::vector<RawEntry>& entries, std::uint64_t count) {
  libre::sync::ByteWriter out;
  out.raw(std::string_view("RT1\n", 4));
  out.number(count);
  for (const auto& entry : entries) {
    out.byte(static_cast<std::uint8_t>(entry.flags));
    out.number(entry.shared);
    out.text(entry.path);
    if ((entry.flags & 7) == 1) {
      out.number(entry.size);
      out.signed_number(entry.mtime_ns);
      out.digest(entry.digest);
    }
    if ((entry.flags & 7) == 3) out.text(entry.target);
  }
  return out.take();
}

std::string raw_tree(const std::vector<RawEntry>& entries) {
  return raw_tree(entries, entries.size());
}

HostileClient::HostileClient(const Bench& bench) {
  auto pair = make_stream_pair();
  REQUIRE(pair);
  stream_ = std::move(pair->second);
  server_ = std::thread([this, places = bench.places()] { serve_until_the_end(*stream_, places); });
  auto connection = rpc::Connection::open(std::move(pair->first), {});
  REQUIRE(connection);
  connection_ = std::make_unique<rpc::Connection>(std::move(*connection));
}

HostileClient::~HostileClient() {
  connection_->close();
  server_.join();
}

Result<std::string> HostileClient::ask(std::string_view method, const std::string& header,
                                       const std::string& body) {
  LIBRE_TRY(const auto call, connection_->send(method, {.header = header, .body = body}, patient));
  std::string answer;
  const auto collect = [&](const std::string&, const std::string& piece) -> Result<void> {
    answer += piece;
    return {};
  };
  LIBRE_CHECK(connection_->wait_reply(call, patient, collect));
  return answer;
}

HostileAgent::HostileAgent() {
  auto pair = make_stream_pair();
  REQUIRE(pair);
  stream_ = std::move(pair->second);
  auto connection = rpc::Connection::open(std::move(pair->first), {});
  REQUIRE(connection);
  connection_ = std::make_unique<rpc::Connection>(std::move(*connection));
  endpoint_ = std::make_unique<libre::sync::RemoteEndpoint>(*connection_);
}

HostileAgent::~HostileAgent() {
  connection_->close();
  if (server_.joinable()) server_.join();
}

void HostileAgent::answer(const std::string& method, std::string bytes) {
  REQUIRE_FALSE(server_.joinable());
  const auto asked = asked_[method] = std::make_shared<std::string>();
  service_.on(method, [bytes = std::move(bytes), asked](rpc::Call& call) -> Result<rpc::Answer> {
    *asked = call.body();
    for (;;) {
      LIBRE_TRY(const auto piece, call.read_data());
      if (!piece) break;
      *asked += *piece;
    }
    LIBRE_CHECK(call.send_event({}, bytes));
    return rpc::Answer{"{}"};
  });
}

libre::sync::Endpoint& HostileAgent::endpoint() {
  if (!server_.joinable())
    server_ = std::thread([this] { (void)rpc::serve(*stream_, service_, Log::nowhere()); });
  return *endpoint_;
}

Flipper::Flipper(fs::path directory, const fs::path& elsewhere)
    : directory_(std::move(directory)), link_(elsewhere.parent_path() / random_id(10)) {
  fs::create_directory_symlink(elsewhere, link_);
  thread_ = std::thread([this] {
    while (!stop_)
      (void)::renameat2(AT_FDCWD, directory_.c_str(), AT_FDCWD, link_.c_str(), RENAME_EXCHANGE);
  });
}

Flipper::~Flipper() {
  stop_ = true;
  thread_.join();
  std::error_code ignored;
  if (fs::is_symlink(directory_)) {
    fs::remove(directory_, ignored);
    fs::rename(link_, directory_, ignored);
  }
  fs::remove_all(link_, ignored);
}

}  // namespace workshop
