#include "client/reconnect.hpp"

#include <fmt/format.h>

#include <libre/text.hpp>

namespace libre::client {

Result<void> Reconnect::pause(const Error& failure, Waker& waker) {
  if (!may_heal(failure.code)) return failure;
  const auto span = backoff_.next();
  if (!span) {
    const bool silent = failure.code == Errc::timed_out;
    const auto tried = human_seconds(backoff_.seconds());
    return Error(failure).wrapped(
        silent ? fmt::format("the machine does not answer, and did not in {} more", tried)
               : fmt::format("the connection was lost, and did not come back in {}", tried));
  }
  if (observer_)
    observer_->status("the connection broke (" + failure.message +
                      (failure.cause.empty() ? "" : ": " + failure.cause) + "), trying again");
  // The first attempt comes at once, and mostly succeeds: that is no news for anybody.
  const bool worth_telling = span->count() > 0;
  const auto until = Backoff::Clock::now() + *span;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Backoff::Clock::now());
    const std::chrono::duration<double> seconds = left;
    if (worth_telling) tell(std::max(seconds.count(), 0.0), failure);
    if (left.count() <= 0) return {};
    const auto slice = std::min<std::chrono::milliseconds>(left, std::chrono::seconds(1));
    const auto slept = wait_for(-1, 0, {Deadline::after(slice), &waker});
    if (!slept && slept.error().code == Errc::interrupted) return slept;
  }
}

void Reconnect::tell(double next_try, const Error& failure) {
  if (!observer_) return;
  observer_->outage({.seconds = backoff_.seconds(), .next_try = next_try, .why = failure.message});
  told_ = true;
}

void Reconnect::connected() {
  if (told_) observer_->outage({.seconds = backoff_.seconds(), .over = true});
  told_ = false;
}

}  // namespace libre::client
