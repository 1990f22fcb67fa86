#include "forward/opening.hpp"

#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "forward/messages.hpp"
#include "wire/message.hpp"

namespace libre::forward {
namespace {

constexpr auto full_backlog_pause = std::chrono::milliseconds(10);
constexpr std::size_t most_noise = 1u << 20;  // of a login shell, before what counts

Error gone(const char* cause) {
  return Error{Errc::disconnected, "the way to the machine is closed", cause};
}

}  // namespace

Opening::Opening(Socket open) : fd_(std::move(open.fd)), inbox_(std::move(open.early)) {}

Opening::Opening(std::vector<Address> candidates) : candidates_(std::move(candidates)) {}

Opening::Opening(std::string unix_path, std::vector<Step> steps)
    : unix_path_(std::move(unix_path)),
      steps_(std::make_move_iterator(steps.begin()), std::make_move_iterator(steps.end())) {}

pollfd Opening::wait() const {
  if (!retry_.is_never()) return {-1, 0, 0};
  return {fd_.get(), static_cast<short>(connecting_ ? POLLOUT : POLLIN), 0};
}

Result<bool> Opening::advance() {
  if (!candidates_.empty()) return connect_tcp();
  if (!unix_path_.empty()) {
    LIBRE_TRY(const bool connected, connect_unix());
    if (!connected) return false;
  }
  return converse();
}

Result<bool> Opening::connect_tcp() {
  int problem = 0;
  if (connecting_) {
    pollfd look{fd_.get(), POLLOUT, 0};
    if (::poll(&look, 1, 0) == 0) return false;
    socklen_t size = sizeof problem;
    ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &problem, &size);
    connecting_ = false;
    if (problem == 0) {
      candidates_.clear();
      send_at_once(fd_.get());
      return true;
    }
  }
  while (next_ < candidates_.size()) {
    const Address& address = candidates_[next_++];
    fd_ = Fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd_) {
      problem = errno;
      continue;
    }
    // Also one that succeeds at once is looked at in the next turn: there is one way to do it.
    if (::connect(fd_.get(), address.get(), address.size) == 0 || errno == EINPROGRESS) {
      connecting_ = true;
      return false;
    }
    problem = errno;
  }
  return system_error("cannot connect", problem);
}

Result<bool> Opening::connect_unix() {
  retry_ = Deadline::never();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (unix_path_.size() >= sizeof address.sun_path)
    return Error{Errc::usage, "the socket path is too long: " + unix_path_};
  std::memcpy(address.sun_path, unix_path_.c_str(), unix_path_.size() + 1);
  if (!fd_) fd_ = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd_) return system_error("cannot make a socket", errno);
  if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    unix_path_.clear();
    return true;
  }
  // EAGAIN: the listener's backlog is full; unix sockets offer nothing to poll for that.
  if (errno != EAGAIN && errno != EINTR) return gone(std::strerror(errno));
  retry_ = Deadline::after(full_backlog_pause);
  return false;
}

Result<bool> Opening::converse() {
  while (!steps_.empty()) {
    const Step& step = steps_.front();
    if (!said_ && !step.say.empty()) {
      // The socket's buffer is empty: whoever cannot take a request does not read at all.
      const auto put =
          ::send(fd_.get(), step.say.data(), step.say.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (put != static_cast<ssize_t>(step.say.size())) return gone("the request was not taken");
    }
    // Nobody has answered yet: the other side has to wake first.
    if (!std::exchange(said_, true) && inbox_.empty()) return false;
    LIBRE_TRY(const bool heard, hear(step));
    if (heard) {
      steps_.pop_front();
      said_ = false;
      continue;
    }
    char buffer[16 * 1024];
    const auto got = ::recv(fd_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (got <= 0) return gone("it ended before the answer came");
    inbox_.append(buffer, static_cast<std::size_t>(got));
  }
  return true;
}

// Whether what the step waits for has come; takes it out of the inbox.
Result<bool> Opening::hear(const Step& step) {
  if (step.marker.empty()) {
    LIBRE_TRY(const auto message, wire::take_message(inbox_));
    if (!message) return false;
    LIBRE_TRY(const auto answer, from_json<Answer>(*message));
    if (!answer.error.empty()) return error_from_json(answer.error);
    return true;
  }
  const auto at = inbox_.find(step.marker + " ");
  const auto end = at == std::string::npos ? at : inbox_.find('\n', at);
  if (at == std::string::npos && inbox_.size() > most_noise)
    return Error{Errc::protocol, "a login shell over there prints without end"};
  if (end == std::string::npos) return false;
  const bool stream =
      inbox_.compare(at + step.marker.size(), end - at - step.marker.size(), " stream") == 0;
  inbox_.erase(0, end + 1);
  if (!stream) return Error{Errc::refused, "the agent does not start over there"};
  return true;
}

}  // namespace libre::forward
