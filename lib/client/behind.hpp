// A request that goes out right behind another one, in the same exchange, to be carried out only if that one
// succeeds.
#pragma once
#include <functional>
#include <optional>
#include <utility>

#include "rpc/connection.hpp"

namespace libre::client {

// Of a call that will be refused: takes its answer, so that the connection stays usable.
inline void take_refusal(rpc::Connection& connection, std::optional<rpc::CallId>& call) {
  if (!call) return;
  const Wait brief{.deadline = Deadline::after(std::chrono::seconds(3))};
  if (connection.cancel(*call, brief)) (void)connection.wait_reply(*call, brief);
  call.reset();
}

template <class T>
class Behind {
 public:
  // The request in its two steps, and as a whole.
  struct Request {
    std::function<Result<rpc::CallId>(rpc::CallId before, const Wait&)> send;
    std::function<Result<T>(rpc::CallId, const Wait&)> take;
    std::function<Result<T>(const Wait&)> ask;
  };
  // `connection` is borrowed.
  Behind(rpc::Connection& connection, Request request)
      : connection_(connection), request_(std::move(request)) {}

  Result<void> send(rpc::CallId before, const Wait& wait) {
    LIBRE_TRY(call_, request_.send(before, wait));
    return {};
  }

  // Its answer. Where it was not sent, or what it stood behind failed and was done in another way since, it is
  // asked now.
  Result<T> finish(const Wait& wait) {
    if (!call_) return request_.ask(wait);
    auto answer = request_.take(*std::exchange(call_, std::nullopt), wait);
    const bool woken = wait.waker && wait.waker->notified();
    const bool refused = !answer && answer.error().code == Errc::interrupted && !woken;
    return refused ? request_.ask(wait) : std::move(answer);
  }

  // For where the request before it failed for good.
  void give_up() { take_refusal(connection_, call_); }

  // The open call, after send().
  std::optional<rpc::CallId> call() const { return call_; }

 private:
  rpc::Connection& connection_;
  Request request_;
  std::optional<rpc::CallId> call_{};
};

}  // namespace libre::client
