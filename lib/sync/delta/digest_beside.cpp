#include "sync/delta/digest_beside.hpp"

#include <span>
#include <system_error>

namespace libre::sync {

std::unique_ptr<DigestBeside> DigestBeside::begin() {
  if (std::thread::hardware_concurrency() < 2) return nullptr;
  try {
    return std::make_unique<DigestBeside>();
  } catch (const std::system_error&) {
    return nullptr;
  }
}

DigestBeside::DigestBeside() : thread_([this] { follow(); }) {}

DigestBeside::~DigestBeside() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

char* DigestBeside::room() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return added_ - done_ < rooms; });
  return rooms_[added_ % rooms].bytes.get();
}

void DigestBeside::add(std::size_t size) {
  {
    const std::lock_guard lock(mutex_);
    rooms_[added_ % rooms].size = size;
    ++added_;
  }
  changed_.notify_all();
}

Digest DigestBeside::finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return done_ == added_; });
  return digester_.finish();
}

void DigestBeside::follow() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return done_ < added_ || ending_; });
    if (ending_) return;
    const Room& room = rooms_[done_ % rooms];
    lock.unlock();
    digester_.add(std::as_bytes(std::span(room.bytes.get(), room.size)));
    lock.lock();
    ++done_;
    changed_.notify_all();
  }
}

}  // namespace libre::sync
