#include "rpc/mailbox.hpp"

#include <algorithm>

namespace libre::rpc {

void Mailbox::put(wire::Frame frame) {
  std::unique_lock lock(mutex_);
  if (frame.kind == wire::Kind::cancel) {
    if (frame.call == current_) waker_.notify();
    cancelled_.insert(frame.call);
    changed_.notify_all();
    return;
  }
  changed_.wait(lock, [&] { return has_space() || is_leftover(frame); });
  if (is_leftover(frame)) {
    if (frame.kind == wire::Kind::end) unfinished_.erase(frame.call);
    return;
  }
  bytes_ += frame.header.size() + frame.body.size();
  (frame.kind == wire::Kind::request ? requests_ : data_).push_back(std::move(frame));
  changed_.notify_all();
}

void Mailbox::end(Error why) {
  const std::lock_guard lock(mutex_);
  ended_ = std::move(why);
  waker_.notify();
  changed_.notify_all();
}

void Mailbox::took(const wire::Frame& frame) {
  bytes_ -= frame.header.size() + frame.body.size();
  changed_.notify_all();
}

std::optional<wire::Frame> Mailbox::next_request() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !requests_.empty() || ended_; });
  if (requests_.empty()) return std::nullopt;
  wire::Frame frame = std::move(requests_.front());
  requests_.pop_front();
  took(frame);
  return frame;
}

Result<std::optional<std::string>> Mailbox::next_data(std::uint32_t call) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (cancelled_.contains(call)) return Error{Errc::interrupted, "the client cancelled"};
    const auto piece =
        std::find_if(data_.begin(), data_.end(), [&](const auto& f) { return f.call == call; });
    if (piece != data_.end()) {
      if (piece->kind == wire::Kind::end)
        return std::optional<std::string>{};  // stays: the end is the end
      std::string bytes = std::move(piece->body);
      bytes_ -= bytes.size();
      data_.erase(piece);
      changed_.notify_all();
      return std::optional(std::move(bytes));
    }
    if (ended_) return Error{Errc::disconnected, "the client left"};
    changed_.wait(lock);
  }
}

bool Mailbox::begin(std::uint32_t call) {
  const std::lock_guard lock(mutex_);
  if (!ended_) waker_.clear();
  current_ = call;
  return !cancelled_.contains(call);
}

void Mailbox::finish(std::uint32_t call, bool had_more) {
  const std::lock_guard lock(mutex_);
  current_ = 0;
  cancelled_.erase(call);
  bool saw_end = false;
  std::erase_if(data_, [&](const wire::Frame& frame) {
    if (frame.call != call) return false;
    saw_end |= frame.kind == wire::Kind::end;
    bytes_ -= frame.body.size();
    return true;
  });
  if (had_more && !saw_end) unfinished_.insert(call);
  changed_.notify_all();
}

void Mailbox::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

}  // namespace libre::rpc
