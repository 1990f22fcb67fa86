// The asking side of a stream: requests go out, replies and events come in.
//
// Requests may be sent without waiting (pipelining); the server carries out the requests of one
// connection strictly in order. One thread uses a Connection; its waits are woken by Wait::waker.
//
//   auto list = connection.send("jobs.list", {.header = to_json(filter)});
//   auto kill = connection.send("jobs.kill", {.header = to_json(ids)});
//   auto reply = connection.wait_reply(*list, wait);
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/json.hpp"
#include "base/stream.hpp"
#include "wire/frame.hpp"
#include "wire/greeting.hpp"

namespace libre::rpc {

using CallId = std::uint32_t;

struct RequestOptions {
  std::string header{};  // JSON arguments; empty means {}
  std::string body{};    // up to wire::max_body bytes that travel in the same frame
  bool more = false;     // the body goes on with send_data … end_data
  CallId after = 0;      // carry out only if that earlier call succeeded
};

struct Reply {
  std::string header;
  std::string body;
};

// Called for each event of a call while its reply is awaited. An error ends the wait with it.
using EventHandler =
    std::function<Result<void>(const std::string& header, const std::string& body)>;

class Connection {
 public:
  // Takes a stream to an agent and sends the greeting; the other side's is checked when its first
  // bytes are read, so that opening costs no round trip of its own.
  static Result<Connection> open(std::unique_ptr<Stream> stream, const Wait& wait);

  Result<CallId> send(std::string_view method, const RequestOptions& options, const Wait& wait);
  Result<void> send_data(CallId call, std::string_view bytes, const Wait& wait);
  Result<void> end_data(CallId call, const Wait& wait);
  Result<void> cancel(CallId call, const Wait& wait);

  // Blocks until `call` is closed. Its failure comes back as the Error that the server sent. After
  // timed_out or interrupted the call is still open: wait again, or cancel it and wait.
  Result<Reply> wait_reply(CallId call, const Wait& wait, const EventHandler& on_event = {});

  // True where the server has closed `call` already (with an error, say, while we still send its
  // body). Reads what has arrived, does not block.
  Result<bool> is_closed(CallId call);

  // The other side's version; known after the first reply.
  const std::string& peer_version() const { return peer_version_; }

  // Of the stream, where it knows one.
  std::optional<std::chrono::nanoseconds> round_trip() const { return stream_->round_trip(); }

  void close() noexcept {
    if (stream_) stream_->close();
  }

 private:
  explicit Connection(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {}
  Result<void> receive(const Wait& wait);  // one read; sorts frames into calls_
  Result<void> take_greeting(std::span<const std::byte>& bytes);  // leaves what came after it
  Result<void> sort_frames();
  struct Call {
    std::deque<wire::Frame> arrived;
    bool closed = false;
  };

  std::unique_ptr<Stream> stream_;
  wire::Decoder decoder_;
  std::string greeting_bytes_;
  bool greeted_ = false;
  std::string peer_version_;
  CallId next_call_ = 1;
  std::map<CallId, Call> calls_;
};

// One typed request and its reply. Req and Rep need LIBRE_JSON.
template <class Rep, class Req>
Result<Rep> call(Connection& connection, std::string_view method, const Req& request,
                 const Wait& wait, const EventHandler& on_event = {}) {
  RequestOptions options;
  options.header = to_json(request);
  LIBRE_TRY(const auto id, connection.send(method, options, wait));
  LIBRE_TRY(const auto reply, connection.wait_reply(id, wait, on_event));
  return from_json<Rep>(reply.header);
}

}  // namespace libre::rpc
