#include "sync/delta/passing.hpp"

#include <algorithm>
#include <system_error>

namespace libre::sync {

std::unique_ptr<Passing> Passing::begin(std::vector<Work> works) {
  if (std::thread::hardware_concurrency() < 2) return nullptr;
  try {
    return std::make_unique<Passing>(std::move(works));
  } catch (const std::system_error&) {
    return nullptr;
  }
}

Passing::Passing(std::vector<Work> works) {
  for (auto& work : works) workers_.push_back({.work = std::move(work)});
  try {
    for (auto& worker : workers_)  // they stay where they are from now on
      worker.thread = std::thread([this, &worker] { follow(worker); });
  } catch (const std::system_error&) {
    end();
    throw;
  }
}

Passing::~Passing() { end(); }

void Passing::end() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (auto& worker : workers_)
    if (worker.thread.joinable()) worker.thread.join();
}

bool Passing::all_have(std::size_t done) const {
  return std::ranges::all_of(workers_, [&](const Worker& worker) { return worker.done >= done; });
}

std::span<char> Passing::room() {
  Room& room = rooms_[added_ % rooms];
  if (!filling_) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return added_ < rooms || all_have(added_ - rooms + 1); });
    room.size = 0;
    filling_ = true;
  }
  return {room.bytes.get() + room.size, room_size - room.size};
}

void Passing::add(std::size_t size) {
  Room& room = rooms_[added_ % rooms];
  room.size += size;
  if (room.size == room_size) hand_over();
}

void Passing::hand_over() {
  {
    const std::lock_guard lock(mutex_);
    ++added_;
  }
  filling_ = false;
  changed_.notify_all();
}

void Passing::drain() {
  settle();
  const std::lock_guard lock(mutex_);
  for (const auto& worker : workers_)
    if (worker.failure) std::rethrow_exception(worker.failure);
}

void Passing::settle() {
  if (filling_ && rooms_[added_ % rooms].size > 0) hand_over();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return all_have(added_); });
}

void Passing::follow(Worker& worker) {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return worker.done < added_ || ending_; });
    if (ending_) return;
    const Room& room = rooms_[worker.done % rooms];
    lock.unlock();
    std::exception_ptr failure;
    try {
      if (!worker.failure) worker.work(std::as_bytes(std::span(room.bytes.get(), room.size)));
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (failure) worker.failure = failure;
    ++worker.done;
    changed_.notify_all();
  }
}

}  // namespace libre::sync
