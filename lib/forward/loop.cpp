#include "forward/loop.hpp"

#include <algorithm>
#include <cerrno>

namespace libre::forward {

Result<std::unique_ptr<Loop>> Loop::create() {
  LIBRE_TRY(auto waker, Waker::create());
  return std::unique_ptr<Loop>(new Loop(std::move(waker)));
}

void Loop::add(std::unique_ptr<Part> part) {
  {
    const std::lock_guard lock(mutex_);
    fresh_.push_back(std::move(part));
    ++size_;
  }
  // The loop looks for new parts before it waits.
  if (runner_ != std::this_thread::get_id()) waker_->notify();
}

void Loop::stop() {
  stopped_ = true;
  waker_->notify();
}

std::unique_ptr<Part> Loop::next_fresh() {
  const std::lock_guard lock(mutex_);
  if (fresh_.empty()) return nullptr;
  auto part = std::move(fresh_.front());
  fresh_.pop_front();
  return part;
}

// A new part has its first turn before poll(2), so that what it can do at once costs no turn of all.
void Loop::begin_fresh() {
  while (auto part = next_fresh()) {
    fds_.clear();
    part->wait(fds_);
    part->look(fds_);
    if (part->over())
      --size_;
    else
      parts_.push_back({std::move(part)});
  }
}

Result<void> Loop::run() {
  runner_ = std::this_thread::get_id();
  Result<void> outcome;
  while (outcome && !stopped_) {
    begin_fresh();
    if (wait() < 0 && errno != EINTR) outcome = system_error("cannot wait for connections", errno);
    const bool woken = fds_.front().revents != 0;
    if (woken) waker_->clear();
    look(woken);
  }
  while (next_fresh()) {
  }
  parts_.clear();
  return outcome;
}

int Loop::wait() {
  fds_.assign(1, {waker_->fd(), POLLIN, 0});
  Deadline due = Deadline::never();
  for (auto& entry : parts_) {
    entry.first = fds_.size();
    entry.part->wait(fds_);
    entry.count = fds_.size() - entry.first;
    due = due.or_earlier(entry.part->due());
  }
  return ::poll(fds_.data(), fds_.size(), due.poll_timeout());
}

void Loop::look(bool woken) {
  for (auto it = parts_.begin(); it != parts_.end();) {
    const auto own = std::span<const pollfd>(fds_).subspan(it->first, it->count);
    const bool called = std::ranges::any_of(own, [](const pollfd& fd) { return fd.revents != 0; });
    if (called || woken || it->part->due().passed()) it->part->look(own);
    const bool over = it->part->over();
    if (over) --size_;
    it = over ? parts_.erase(it) : std::next(it);
  }
}

}  // namespace libre::forward
