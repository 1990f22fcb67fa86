// One request at a time beside a followed log, on a connection of its own that is opened when it is
// first needed. Asked from time to time whether the answer is there; never waits for it.
#pragma once
#include <optional>

#include "client/link.hpp"

namespace libre::client {

class SideCall {
 public:
  // An answer that takes longer than `limit` is Errc::timed_out; unset = it may take for ever.
  SideCall(Link& link, std::optional<std::chrono::milliseconds> limit)
      : link_(link), limit_(limit) {}

  bool under_way() const { return call_.has_value(); }
  // Where a Stop interrupts it nothing is under way, and the same may be sent again.
  Result<void> send(std::string_view method, const rpc::RequestOptions& request) {
    if (!connection_) {
      LIBRE_TRY(auto fresh, link_.connect());
      connection_.emplace(std::move(fresh));
    }
    auto call = connection_->send(method, request, link_.wait(answer_limit));
    if (!call) {
      reset();  // half a request may be on its way
      return std::move(call).error();
    }
    call_ = *call;
    deadline_ = limit_ ? Deadline::after(*limit_) : Deadline::never();
    return {};
  }
  // nullopt: not yet. An error of the other side comes as it is, and ends the call as well.
  Result<std::optional<rpc::Reply>> poll() {
    LIBRE_TRY(const bool arrived, connection_->is_closed(*call_));
    if (!arrived && deadline_.passed()) return Error{Errc::timed_out, "the agent does not answer"};
    if (!arrived) return std::optional<rpc::Reply>();
    LIBRE_TRY(auto reply, connection_->wait_reply(*std::exchange(call_, std::nullopt),
                                                  link_.wait(answer_limit)));
    return std::optional(std::move(reply));
  }
  // After a break: the request is forgotten, and the next one opens a new connection.
  void reset() {
    call_.reset();
    connection_.reset();
  }

 private:
  Link& link_;
  std::optional<std::chrono::milliseconds> limit_;
  std::optional<rpc::Connection> connection_;
  std::optional<rpc::CallId> call_;
  Deadline deadline_ = Deadline::never();
};

}  // namespace libre::client
