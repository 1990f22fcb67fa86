// The answering side: a table of methods, and the loop that serves one stream with it.
//
// Threads: serve() uses the calling thread for the methods and one more that reads frames, so that
// a cancel is seen while a method runs. Many serve() calls may share one Service at the same time;
// methods must allow that.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/json.hpp"
#include "base/log.hpp"
#include "base/stream.hpp"

namespace libre::rpc {

class Mailbox;  // frames of one connection, between its two threads
class Outbox;   // frames on their way out
class Serving;  // one serve() call

// One request while it is carried out.
class Call {
 public:
  const std::string& header() const { return header_; }
  const std::string& body() const { return body_; }

  // The next piece of a body that did not fit in the request; nullopt at its end.
  // Errc::disconnected where the client left, Errc::interrupted where it cancelled.
  Result<std::optional<std::string>> read_data();

  // Pushes an event to the client. Blocks while the client does not read. A method must not push
  // while its request's body is still coming: both sides would wait for each other.
  Result<void> send_event(std::string_view header, std::string_view body = {});

  // The same for an event that something else follows at once: the next event, or the answer. Small
  // ones travel together with it. Two small packets one after the other may cost a round trip each,
  // where the server's TCP waits for the first to be acknowledged (RFC 896).
  Result<void> hold_event(std::string_view header, std::string_view body = {});

  // Notified when the client cancels this call or leaves; pass it to whatever blocks.
  Waker& waker() { return *waker_; }
  bool cancelled() const { return waker_->notified(); }

  // From any thread while the method runs: as if the client had cancelled.
  void cancel();

  // What this connection remembers between its calls, under a key of the method's own choosing
  // (a sync in progress, say). Destroyed when the connection ends.
  std::shared_ptr<void>& session(const std::string& key);

 private:
  friend class Serving;
  Call() = default;
  std::uint32_t id_ = 0;
  std::string header_, body_;
  bool more_ = false;
  Outbox* outbox_ = nullptr;
  Mailbox* mailbox_ = nullptr;
  Waker* waker_ = nullptr;
  std::map<std::string, std::shared_ptr<void>>* sessions_ = nullptr;
};

struct Answer {
  std::string header;
  std::string body{};
  bool may_wait = false;  // nobody waits for it: it goes out with the next answer
};
using Method = std::function<Result<Answer>(Call&)>;

class Service {
 public:
  void on(std::string name, Method method) { methods_[std::move(name)] = std::move(method); }

  // A method from one described struct to another.
  template <class Req, class Rep>
  void on(std::string name, std::function<Result<Rep>(const Req&, Call&)> method) {
    on(std::move(name), [method = std::move(method)](Call& call) -> Result<Answer> {
      LIBRE_TRY(const auto request, from_json<Req>(call.header()));
      LIBRE_TRY(const auto reply, method(request, call));
      return Answer{to_json(reply)};
    });
  }

  const Method* find(const std::string& name) const;

 private:
  std::map<std::string, Method> methods_;
};

// Greets, then serves requests in order until the client ends the stream. An error means that the
// connection broke or the client broke the protocol.
Result<void> serve(Stream& stream, const Service& service, const Log& log);

}  // namespace libre::rpc
