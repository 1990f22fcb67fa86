#include "client/stdin_reader.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace libre::client {

// One frame's worth: large enough for throughput, small enough to be resent after a broken line.
constexpr std::size_t piece_size = 128u << 10;

Result<std::unique_ptr<StdinReader>> StdinReader::start(int fd, Stop::State& stop, bool escape) {
  std::unique_ptr<StdinReader> reader(new StdinReader(fd, stop, escape));
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

bool StdinReader::offer(std::string_view bytes, bool end) {
  std::unique_lock lock(mutex_);
  taken_.wait(lock, [&] {
    return quitting_ || !piece_ || piece_->bytes.size() + bytes.size() <= piece_size;
  });
  if (quitting_) return false;
  if (!piece_) piece_ = Piece{};
  piece_->bytes += bytes;
  piece_->end = end;
  stop_.nudge();
  return true;
}

void StdinReader::read_all() {
  std::string buffer(piece_size, '\0');
  EscapeKeys keys;
  for (;;) {
    if (!wait_for(fd_, POLLIN, {.waker = quit_.get()})) return;
    const ssize_t got = ::read(fd_, buffer.data(), buffer.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) {  // a descriptor that cannot be read has nothing for the job either
      (void)offer({}, true);
      return;
    }
    const std::string_view read(buffer.data(), static_cast<std::size_t>(got));
    const std::string typed = escape_ ? keys.pass(read) : std::string();
    const std::string_view bytes = escape_ ? typed : read;
    if (!bytes.empty() && !offer(bytes, false)) return;
    if (keys.detach_asked()) return stop_.request();
  }
}

}  // namespace libre::client
