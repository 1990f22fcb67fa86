#include "jobs/control_socket.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/files.hpp"

namespace libre::jobs {
namespace fs = std::filesystem;
namespace {

Result<Fd> open_directory(const fs::path& path) {
  Fd fd(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return system_error("cannot open " + path.string(), errno);
  return fd;
}

std::string short_path(const Fd& directory, const std::string& name) {
  return "/proc/self/fd/" + std::to_string(directory.get()) + "/" + name;
}

Errc code_named(std::string_view name) {
  for (int code = 0; code <= static_cast<int>(Errc::internal); ++code)
    if (name == name_of(static_cast<Errc>(code))) return static_cast<Errc>(code);
  return Errc::internal;
}

}  // namespace

fs::path control_directory(const fs::path& runtime_dir) { return runtime_dir / "jobs"; }
std::string control_name(std::uint64_t job) { return std::to_string(job) + ".sock"; }

Result<ControlClient> ControlClient::connect(const fs::path& runtime_dir, std::uint64_t job,
                                             const Wait& wait) {
  LIBRE_TRY(const Fd directory, open_directory(control_directory(runtime_dir)));
  LIBRE_TRY(auto stream, connect_unix(short_path(directory, control_name(job)), wait));
  return ControlClient(std::move(stream));
}

Result<void> ControlClient::send(const ControlRequest& request, std::string_view body,
                                 const Wait& wait) {
  return stream_->write(as_bytes(wire::encode(wire::Kind::request, 1, to_json(request), body)),
                        wait);
}

Result<ControlReply> ControlClient::receive(const Wait& wait) {
  std::byte buffer[4096];
  for (;;) {
    LIBRE_TRY(const auto frame, decoder_.next());
    if (frame) {
      LIBRE_TRY(auto reply, from_json<ControlReply>(frame->header));
      if (!reply.error.empty()) return Error{code_named(reply.error), reply.message};
      return reply;
    }
    LIBRE_TRY(const auto got, stream_->read(buffer, wait));
    if (got == 0) return Error{Errc::disconnected, "the job's supervisor ended before it answered"};
    decoder_.feed(std::span(buffer).first(got));
  }
}

Result<void> ControlServer::listen(const fs::path& runtime_dir, std::uint64_t job) {
  const fs::path directory = control_directory(runtime_dir);
  LIBRE_CHECK(make_private_directory(runtime_dir));
  LIBRE_CHECK(make_private_directory(directory));
  LIBRE_TRY(const Fd opened, open_directory(directory));
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return system_error("cannot make a socket", errno);
  path_ = directory / control_name(job);
  ::unlink(path_.c_str());  // ids are never used twice: it can only be ours
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = short_path(opened, control_name(job));
  std::memcpy(address.sun_path, path.data(), path.size());
  const mode_t before = ::umask(0177);
  const int bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::umask(before);
  if (bound != 0 || ::listen(fd.get(), 16) != 0)
    return system_error("cannot listen on " + path_.string(), errno);
  listener_ = std::move(fd);
  return {};
}

void ControlServer::add_to(std::vector<pollfd>& fds) const {
  if (listener_) fds.push_back({listener_.get(), POLLIN, 0});
  for (const Peer& peer : peers_)
    fds.push_back({peer.fd.get(), static_cast<short>(peer.waiting ? 0 : POLLIN), 0});
}

void ControlServer::accept_all() {
  for (;;) {
    Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd) return;
    peers_.push_back({++last_id_, std::move(fd), {}, false});
  }
}

bool ControlServer::read_from(Peer& peer) {
  std::byte buffer[64 * 1024];
  const ssize_t got = ::recv(peer.fd.get(), buffer, sizeof buffer, 0);
  if (got > 0) peer.decoder.feed(std::span(buffer).first(static_cast<std::size_t>(got)));
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

std::vector<ControlCall> ControlServer::take(const std::vector<pollfd>& fds) {
  const auto events_of = [&](int fd) {
    const auto found =
        std::find_if(fds.begin(), fds.end(), [&](const pollfd& p) { return p.fd == fd; });
    return found == fds.end() ? 0 : found->revents;
  };
  std::vector<ControlCall> calls;
  for (auto peer = peers_.begin(); peer != peers_.end();) {
    const int events = events_of(peer->fd.get());
    bool alive =
        (events & (POLLERR | POLLNVAL)) == 0 && !(peer->waiting && (events & POLLHUP) != 0);
    if (alive && !peer->waiting && events != 0) alive = read_from(*peer);
    if (alive && !peer->waiting) {
      const auto frame = peer->decoder.next();
      auto request =
          frame && *frame ? from_json<ControlRequest>((*frame)->header) : ControlRequest{};
      alive = frame && request;
      if (alive && *frame) {
        peer->waiting = true;
        calls.push_back({peer->id, *std::move(request), (*frame)->body});
      }
    }
    peer = alive ? std::next(peer) : peers_.erase(peer);
  }
  if (listener_ && events_of(listener_.get()) != 0) accept_all();
  return calls;
}

bool ControlServer::is_connected(std::uint64_t connection) const {
  return std::any_of(peers_.begin(), peers_.end(),
                     [&](const Peer& p) { return p.id == connection; });
}

void ControlServer::reply(std::uint64_t connection, const ControlReply& reply) {
  for (Peer& peer : peers_) {
    if (peer.id != connection) continue;
    const std::string frame = wire::encode(wire::Kind::reply, 1, to_json(reply), {});
    // A reply is small and the client has one request open, so the socket always takes it whole.
    [[maybe_unused]] const auto sent =
        ::send(peer.fd.get(), frame.data(), frame.size(), MSG_NOSIGNAL);
    peer.waiting = false;
  }
}

void ControlServer::close() {
  peers_.clear();
  listener_.reset();
  if (!path_.empty()) ::unlink(path_.c_str());
}

}  // namespace libre::jobs
