#include "rpc/server.hpp"

#include <libre/version.hpp>

#include <exception>
#include <thread>

#include "rpc/mailbox.hpp"
#include "rpc/messages.hpp"
#include "wire/greeting.hpp"

namespace libre::rpc {

// What one connection says, in few writes. Worker thread only.
class Outbox {
 public:
  explicit Outbox(Stream& stream) : stream_(stream) {}

  // Goes out with the next bytes that are sent.
  Result<void> hold(std::string_view bytes) {
    held_ += bytes;
    return held_.size() < most_held ? Result<void>() : send({});
  }
  // Bytes that have begun are written to their end: half a frame would spoil every answer after it.
  Result<void> send(std::string_view bytes) {
    held_ += bytes;
    return held_.empty() ? Result<void>() : stream_.write(as_bytes(std::exchange(held_, {})), {});
  }

 private:
  static constexpr std::size_t most_held = 16 * 1024;
  Stream& stream_;
  std::string held_;
};

Result<std::optional<std::string>> Call::read_data() {
  if (!more_) return std::optional<std::string>{};
  return mailbox_->next_data(id_);
}

Result<void> Call::send_event(std::string_view header, std::string_view body) {
  if (cancelled()) return Error{Errc::interrupted, "the client cancelled"};
  return outbox_->send(wire::encode(wire::Kind::event, id_, header, body));
}

Result<void> Call::hold_event(std::string_view header, std::string_view body) {
  if (cancelled()) return Error{Errc::interrupted, "the client cancelled"};
  return outbox_->hold(wire::encode(wire::Kind::event, id_, header, body));
}

void Call::cancel() { mailbox_->put({.kind = wire::Kind::cancel, .call = id_}); }

std::shared_ptr<void>& Call::session(const std::string& key) { return (*sessions_)[key]; }

const Method* Service::find(const std::string& name) const {
  const auto method = methods_.find(name);
  return method == methods_.end() ? nullptr : &method->second;
}

// The two threads of one connection and what they share.
class Serving {
 public:
  Serving(Stream& stream, const Service& service, const Log& log, Waker& waker)
      : stream_(stream),
        outbox_(stream),
        service_(service),
        log_(log),
        waker_(waker),
        mailbox_(waker) {}

  Result<void> run() {
    const auto greeting = wire::encode(wire::Greeting{wire::protocol_number, version});
    LIBRE_CHECK(outbox_.hold(greeting));
    std::thread reader([this] { mailbox_.end(read_frames()); });
    Result<void> outcome;
    while (outcome) {
      auto request = mailbox_.next_request();
      if (!request) break;
      outcome = answer(std::move(*request));
    }
    if (outcome) (void)outbox_.send({});  // a greeting that nothing followed: it names our version
    mailbox_.stop();
    stream_.close();
    reader.join();
    return outcome;
  }

 private:
  // Runs until the stream ends or breaks, and says why.
  Error read_frames() {
    std::byte buffer[64 * 1024];
    std::string greeting_bytes;
    bool greeted = false;
    wire::Decoder decoder;
    for (;;) {
      const auto size = stream_.read(buffer, {});
      if (!size) return size.error();
      if (*size == 0) return Error{Errc::disconnected, "the client left"};
      std::span<const std::byte> bytes(buffer, *size);
      if (!greeted) {
        greeting_bytes += as_text(bytes);
        const auto parsed = wire::parse_greeting(greeting_bytes);
        if (!parsed) return parsed.error();
        if (!*parsed) continue;
        if (auto compatible = wire::check_compatible((*parsed)->greeting); !compatible)
          return compatible.error();
        greeted = true;
        bytes = bytes.subspan(bytes.size() - (greeting_bytes.size() - (*parsed)->size));
      }
      decoder.feed(bytes);
      for (;;) {
        auto frame = decoder.next();
        if (!frame) {
          log_.warn(frame.error().describe());
          return frame.error();
        }
        if (!*frame) break;
        mailbox_.put(std::move(**frame));
      }
    }
  }

  Result<void> answer(wire::Frame request) {
    const auto id = request.call;
    const auto newline = request.header.find('\n');
    auto line = newline == std::string::npos
                    ? Result<RequestLine>(Error{Errc::protocol, "the request names no method"})
                    : from_json<RequestLine>(std::string_view(request.header).substr(0, newline));
    const bool wanted = mailbox_.begin(id);
    Result<Answer> result = Error{Errc::interrupted, "cancelled before it began"};
    if (!line)
      result = line.error();
    else if (wanted)
      result = carry_out(*line, std::move(request));
    mailbox_.finish(id, line && line->more);
    if (result &&
        (result->header.size() > wire::max_header || result->body.size() > wire::max_body))
      result = Error{Errc::internal, "the answer is too large for one frame"};
    if (result) {
      const auto reply = wire::encode(wire::Kind::reply, id, result->header, result->body);
      return result->may_wait ? outbox_.hold(reply) : outbox_.send(reply);
    }
    failed_.insert(id);
    return outbox_.send(wire::encode(wire::Kind::error, id, to_json(result.error()), {}));
  }

  Result<Answer> carry_out(const RequestLine& line, wire::Frame request) {
    if (failed_.contains(line.after))
      return Error{Errc::interrupted, "not carried out: a request that it depends on failed"};
    const Method* method = service_.find(line.method);
    if (!method)
      return Error{Errc::unsupported, "the agent does not know \"" + line.method + "\"",
                   std::string("the agent is version ") + version,
                   "use the same version on both sides"};
    Call call;
    call.id_ = request.call;
    call.header_ = request.header.substr(request.header.find('\n') + 1);
    call.body_ = std::move(request.body);
    call.more_ = line.more;
    call.outbox_ = &outbox_;
    call.mailbox_ = &mailbox_;
    call.waker_ = &waker_;
    call.sessions_ = &sessions_;
    try {
      return (*method)(call);
    } catch (const std::exception& problem) {  // no memory, say: one request fails, not the agent
      log_.error(line.method + " failed: " + problem.what());
      return Error{Errc::internal, "the agent could not carry out " + line.method, problem.what()};
    }
  }

  Stream& stream_;
  Outbox outbox_;  // worker thread only
  const Service& service_;
  const Log& log_;
  Waker& waker_;
  Mailbox mailbox_;
  std::map<std::string, std::shared_ptr<void>> sessions_;  // worker thread only
  std::set<std::uint32_t> failed_;                         // worker thread only
};

Result<void> serve(Stream& stream, const Service& service, const Log& log) {
  LIBRE_TRY(const auto waker, Waker::create());
  return Serving(stream, service, log, *waker).run();
}

}  // namespace libre::rpc
