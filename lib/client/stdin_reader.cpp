#include "client/stdin_reader.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace libre::client {

// One frame's worth: large enough for throughput, small enough to be resent after a broken line.
constexpr std::size_t piece_size = 256u << 10;

Result<std::unique_ptr<StdinReader>> StdinReader::start(int fd, Stop::State& nudge) {
  std::unique_ptr<StdinReader> reader(new StdinReader(fd, nudge));
  LIBRE_TRY(reader->quit_, Waker::create());
  reader->thread_ = std::thread([reader = reader.get()] { reader->read_all(); });
  return reader;
}

StdinReader::~StdinReader() {
  {
    const std::lock_guard lock(mutex_);
    quitting_ = true;
  }
  taken_.notify_all();
  quit_->notify();
  if (thread_.joinable()) thread_.join();
}

std::optional<StdinReader::Piece> StdinReader::take() {
  const std::lock_guard lock(mutex_);
  auto piece = std::exchange(piece_, std::nullopt);
  if (piece) taken_.notify_all();
  return piece;
}

bool StdinReader::offer(Piece piece) {
  std::unique_lock lock(mutex_);
  piece_ = std::move(piece);
  nudge_.nudge();
  taken_.wait(lock, [&] { return !piece_ || quitting_; });
  return !quitting_;
}

void StdinReader::read_all() {
  std::string buffer(piece_size, '\0');
  for (;;) {
    if (!wait_for(fd_, POLLIN, {.waker = quit_.get()})) return;
    const ssize_t got = ::read(fd_, buffer.data(), buffer.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) {  // a descriptor that cannot be read has nothing for the job either
      (void)offer({{}, true});
      return;
    }
    if (!offer({buffer.substr(0, static_cast<std::size_t>(got)), false})) return;
  }
}

}  // namespace libre::client
