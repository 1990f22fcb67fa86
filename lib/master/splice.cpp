#include "master/splice.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/stream.hpp"
#include "master/command_frames.hpp"

namespace libre::master {
namespace {

// What waits here at most, give or take one piece. A piece is what one stream may move before the others
// have their turn. Upwards it is as much as a client's socket holds: libssh sends what it was given at
// once with few system calls, but each giving costs a turn of the loop.
constexpr std::size_t most_waiting = 256 * 1024;
constexpr std::size_t piece_up = 256 * 1024;

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

Splice::Splice(Fd client, std::unique_ptr<transport::Channel> channel, std::string early,
               bool framed)
    : client_(std::move(client)), channel_(std::move(channel)), framed_(framed) {
  add_down(early);
}

short Splice::client_events() const {
  short events = 0;
  if (!client_ended_ && up_.size() < most_waiting) events |= POLLIN;
  if (!down_.empty() && !client_gone_) events |= POLLOUT;
  return events;
}

bool Splice::client_matters() const { return !client_gone_ || client_events() != 0; }

void Splice::client_is(short revents) {
  if (revents & (POLLIN | POLLHUP | POLLERR)) client_readable_ = true;
  if (revents & POLLOUT) client_writable_ = true;
  // Nobody reads any more; what the client sent before it left still counts.
  if (revents & (POLLHUP | POLLERR)) client_gone_ = true;
}

bool Splice::finished() const {
  if (broken_) return true;
  if (client_gone_ && client_ended_ && channel_told_) return true;
  return client_told_ && down_.empty() && (framed_ || (client_ended_ && channel_told_));
}

bool Splice::move(bool may_send) {
  receive();
  const bool more_up = may_send && send_up();
  fetch();
  deliver();
  // Also where nothing was fetched because too much waited, and now does no more: what has come already
  // wakes nobody.
  const bool more_down = !client_told_ && channel_->has_news() && down_.size() < most_waiting;
  return !finished() && (more_up || more_down);
}

ssize_t Splice::receive_plain() {
  const auto room = up_.room(room_up_);
  const auto got = ::recv(client_.get(), room.data(), room.size(), MSG_DONTWAIT);
  if (got > 0) up_.filled(static_cast<std::size_t>(got));
  if (got == static_cast<ssize_t>(room.size())) room_up_ = std::min(2 * room_up_, piece_up);
  return got;
}

ssize_t Splice::receive_frames() {
  std::array<char, longest_frame> buffer;
  const auto got = ::recv(client_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got <= 0) return got;
  frames_.append(buffer.data(), static_cast<std::size_t>(got));
  unframe();
  return got;
}

void Splice::receive() {
  if (client_ended_ || !client_readable_ || up_.size() >= most_waiting) return;
  const auto got = framed_ ? receive_frames() : receive_plain();
  if (got > 0) return;
  if (got < 0 && would_block(errno)) {
    client_readable_ = false;
  } else {
    client_ended_ = true;
    // One that runs a command says the end of stdin with a frame: this is the end of the client.
    if (got < 0 || framed_) client_gone_ = true;
  }
}

void Splice::unframe() {
  for (;;) {
    auto frame = take_frame(frames_);
    if (!frame) {
      broken_ = true;
      return;
    }
    if (!*frame) return;
    if ((*frame)->kind == FrameKind::data) up_.add((*frame)->bytes);
    if ((*frame)->kind == FrameKind::end) client_ended_ = true;
    if ((*frame)->kind != FrameKind::window) continue;
    const auto columns = number_at((*frame)->bytes, 0), rows = number_at((*frame)->bytes, 1);
    if (columns && rows) channel_->resize({static_cast<int>(*columns), static_cast<int>(*rows)});
  }
}

bool Splice::send_up() {
  bool more = false;
  if (!up_.empty()) {
    const auto put = channel_->write_some(as_bytes(up_.bytes().substr(0, piece_up)));
    if (!put) {
      // The other side has closed: it may have said something before, so reading goes on.
      up_ = {};
      client_ended_ = channel_told_ = true;
      return false;
    }
    up_.drop(*put);
    has_sent_ = has_sent_ || *put > 0;
    more = *put > 0 && !up_.empty();
  }
  if (up_.empty() && client_ended_ && !channel_told_) {
    channel_->finish_writing();
    channel_told_ = true;
  }
  return more;
}

void Splice::add_down(std::string_view bytes) {
  if (client_gone_) return;
  if (!framed_) {
    down_ += bytes;
    return;
  }
  for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), longest_frame)))
    down_ += encode_frame(FrameKind::data, bytes.substr(0, longest_frame));
}

void Splice::fetch() {
  brought_ = false;
  if (client_told_ || down_.size() >= most_waiting || !channel_->has_news()) return;
  std::array<std::byte, longest_frame> buffer;
  const auto got = channel_->read_some(buffer);
  if (framed_) {
    const std::string errors = channel_->take_errors();
    for (std::size_t at = 0; at < errors.size(); at += longest_frame)
      down_ += encode_frame(FrameKind::errors, std::string_view(errors).substr(at, longest_frame));
  }
  if (!got) {
    broken_ = true;
    return;
  }
  brought_ = *got && **got > 0;
  if (brought_) add_down(as_text(std::span(buffer).first(**got)));
  if (*got && **got == 0) end_down();
}

void Splice::end_down() {
  if (framed_) {
    if (!channel_ended_) down_ += encode_frame(FrameKind::end, {});
    channel_ended_ = true;
    const auto code = channel_->exit_now();
    if (code && !*code) return;  // it comes right behind the end of the output
    client_told_ = true;
    if (!code) return;  // the client sees an end without an exit code
    const auto number = static_cast<std::uint32_t>(**code);
    down_ += encode_frame(FrameKind::exit, encode_numbers({&number, 1}));
  } else {
    channel_ended_ = client_told_ = true;
  }
}

void Splice::deliver() {
  if (client_gone_) down_.clear();
  while (!down_.empty() && client_writable_) {
    const auto put = ::send(client_.get(), down_.data(), down_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put > 0) {
      down_.erase(0, static_cast<std::size_t>(put));
    } else if (put < 0 && would_block(errno)) {
      client_writable_ = false;
    } else {
      client_gone_ = true;
      down_.clear();
    }
  }
  if (!down_.empty() || !client_told_ || framed_ || shut_) return;
  ::shutdown(client_.get(), SHUT_WR);
  shut_ = true;
}

}  // namespace libre::master
