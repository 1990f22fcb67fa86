#include "rpc/connection.hpp"

#include <libre/version.hpp>

#include "rpc/messages.hpp"

namespace libre::rpc {
namespace {

// Such a piece is not copied to stand behind the head of its frame: a write of its own costs less.
constexpr std::size_t long_piece = 64 * 1024;

}  // namespace

Result<Connection> Connection::open(std::unique_ptr<Stream> stream, const Wait& wait) {
  Connection connection(std::move(stream));
  const auto greeting = wire::encode(wire::Greeting{wire::protocol_number, version});
  LIBRE_CHECK(connection.stream_->write(as_bytes(greeting), wait));
  return connection;
}

Result<CallId> Connection::send(std::string_view method, const RequestOptions& options,
                                const Wait& wait) {
  const RequestLine line{std::string(method), options.after, options.more};
  const std::string header =
      to_json(line) + "\n" + (options.header.empty() ? "{}" : options.header);
  if (header.size() > wire::max_header || options.body.size() > wire::max_body)
    return Error{Errc::usage, "the request is too large for one frame"};
  const CallId id = next_call_++;
  calls_[id];
  LIBRE_CHECK(
      stream_->write(as_bytes(wire::encode(wire::Kind::request, id, header, options.body)), wait));
  return id;
}

Result<void> Connection::send_data(CallId call, std::string_view bytes, const Wait& wait) {
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, wire::max_body);
    const bool is_long = piece.size() >= long_piece;
    const auto begin = is_long ? wire::encode_head(wire::Kind::data, call, {}, piece.size())
                               : wire::encode(wire::Kind::data, call, {}, piece);
    LIBRE_CHECK(stream_->write(as_bytes(begin), wait));
    if (is_long) LIBRE_CHECK(stream_->write(as_bytes(piece), wait));
    bytes.remove_prefix(piece.size());
  }
  return {};
}

Result<void> Connection::end_data(CallId call, const Wait& wait) {
  return stream_->write(as_bytes(wire::encode(wire::Kind::end, call, {}, {})), wait);
}

Result<void> Connection::cancel(CallId call, const Wait& wait) {
  return stream_->write(as_bytes(wire::encode(wire::Kind::cancel, call, {}, {})), wait);
}

Result<void> Connection::take_greeting(std::span<const std::byte>& bytes) {
  greeting_bytes_ += as_text(bytes);
  LIBRE_TRY(const auto parsed, wire::parse_greeting(greeting_bytes_));
  if (!parsed) {
    bytes = {};
    return {};
  }
  LIBRE_CHECK(wire::check_compatible(parsed->greeting));
  greeted_ = true;
  peer_version_ = parsed->greeting.version;
  // What followed the greeting is the tail of `bytes`.
  bytes = bytes.subspan(bytes.size() - (greeting_bytes_.size() - parsed->size));
  greeting_bytes_.clear();
  return {};
}

Result<void> Connection::sort_frames() {
  for (;;) {
    LIBRE_TRY(auto frame, decoder_.next());
    if (!frame) return {};
    const auto call = calls_.find(frame->call);
    const bool known_kind = frame->kind == wire::Kind::reply || frame->kind == wire::Kind::error ||
                            frame->kind == wire::Kind::event;
    if (!known_kind || call == calls_.end() || call->second.closed)
      return Error{Errc::protocol, "the agent answered something that was not asked"};
    call->second.closed = frame->kind != wire::Kind::event;
    call->second.arrived.push_back(std::move(*frame));
  }
}

Result<void> Connection::receive(const Wait& wait) {
  std::byte buffer[64 * 1024];
  LIBRE_TRY(const auto size, stream_->read(buffer, wait));
  if (size == 0) return Error{Errc::disconnected, "the connection to the agent ended"};
  std::span<const std::byte> bytes(buffer, size);
  if (!greeted_) LIBRE_CHECK(take_greeting(bytes));
  decoder_.feed(bytes);
  return sort_frames();
}

Result<Reply> Connection::wait_reply(CallId id, const Wait& wait, const EventHandler& on_event) {
  for (;;) {
    const auto call = calls_.find(id);
    if (call == calls_.end()) return Error{Errc::usage, "there is no such call on this connection"};
    if (call->second.arrived.empty()) {
      LIBRE_CHECK(receive(wait));
      continue;
    }
    wire::Frame frame = std::move(call->second.arrived.front());
    call->second.arrived.pop_front();
    if (frame.kind == wire::Kind::event) {
      if (on_event) LIBRE_CHECK(on_event(frame.header, frame.body));
      continue;
    }
    calls_.erase(call);
    if (frame.kind == wire::Kind::reply)
      return Reply{std::move(frame.header), std::move(frame.body)};
    return error_from_json(frame.header);
  }
}

Result<bool> Connection::is_closed(CallId id) {
  for (;;) {
    const auto call = calls_.find(id);
    if (call == calls_.end() || call->second.closed) return true;
    const auto received = receive({.deadline = Deadline::after(std::chrono::milliseconds(0))});
    if (!received && received.error().code == Errc::timed_out) return false;
    if (!received) return received.error();
  }
}

}  // namespace libre::rpc
