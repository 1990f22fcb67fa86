#include "listener.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "forward/messages.hpp"

namespace libre::agent {

// How often a quiet agent looks whether its socket is still there: cleaners of /tmp remove files
// that are days old, so minutes are soon enough and cost nothing.
constexpr std::chrono::seconds check_interval{60};

struct Listener::Connection {
  std::unique_ptr<FdStream> stream;
  std::atomic<bool> done = false;
  std::thread thread;
};

Listener::Listener(ListenerOptions options, const rpc::Service& service, Log log)
    : options_(std::move(options)), service_(service), log_(std::move(log)) {}

Result<std::unique_ptr<Listener>> Listener::open(ListenerOptions options,
                                                 const rpc::Service& service, Log log) {
  std::unique_ptr<Listener> listener(new Listener(std::move(options), service, std::move(log)));
  LIBRE_TRY(listener->finished_, Waker::create());
  LIBRE_CHECK(listener->bind());
  return listener;
}

Listener::~Listener() {
  for (const auto& connection : connections_) connection->stream->close();
  for (const auto& connection : connections_) connection->thread.join();
  if (socket_is_ours()) ::unlink(options_.socket.c_str());
}

Result<void> Listener::bind() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = options_.socket.string();
  if (path.size() >= sizeof address.sun_path)
    return Error{Errc::usage, "the socket path is too long: " + path};
  std::memcpy(address.sun_path, path.data(), path.size());
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return system_error("cannot make a socket", errno);
  // Bound under another name and renamed, so that nobody ever meets a socket that does not listen.
  const std::string fresh = path.substr(0, path.size() - 4) + "new";
  std::memcpy(address.sun_path, fresh.c_str(), fresh.size() + 1);
  ::unlink(fresh.c_str());
  const int bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  // Nobody can connect before listen, so the mode is right in time; umask would be every thread's.
  if (bound != 0 || ::chmod(fresh.c_str(), 0600) != 0 || ::listen(fd.get(), 128) != 0)
    return system_error("cannot listen on " + path, errno);
  if (::rename(fresh.c_str(), path.c_str()) != 0)
    return system_error("cannot listen on " + path, errno);
  struct stat status {};
  ::stat(path.c_str(), &status);
  socket_inode_ = status.st_ino;
  listening_ = std::move(fd);
  return {};
}

bool Listener::socket_is_ours() const {
  struct stat status {};
  return ::lstat(options_.socket.c_str(), &status) == 0 && status.st_ino == socket_inode_;
}

Result<void> Listener::accept_one() {
  Fd fd(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!fd) {
    if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) return {};
    return system_error("cannot accept a connection", errno);
  }
  auto connection = std::make_unique<Connection>();
  connection->stream = std::make_unique<FdStream>(std::move(fd));
  try {
    connection->thread =
        std::thread([this, connection = connection.get()] { serve_one(*connection); });
  } catch (const std::system_error& problem) {
    return Error{Errc::io, "cannot serve a connection", problem.what()};
  }
  connections_.push_back(std::move(connection));
  return {};
}

// Streams of forwards are told by their first byte, which stays unread. Whoever handles one has a
// descriptor of its own: this connection is as good as ended.
bool Listener::hand_over(Connection& connection) {
  const int fd = connection.stream->read_fd();
  char first = 0;
  (void)wait_for(fd, POLLIN, {});
  if (::recv(fd, &first, 1, MSG_PEEK | MSG_DONTWAIT) != 1 || first != forward::stream_magic.front())
    return false;
  auto own = duplicate(fd);
  if (own && options_.on_stream) options_.on_stream(std::move(*own));
  return true;
}

void Listener::serve_one(Connection& connection) {
  if (!hand_over(connection))
    if (auto served = rpc::serve(*connection.stream, service_, log_); !served)
      log_.info("a connection ended: " + served.error().describe());
  connection.done = true;
  finished_->notify();
}

void Listener::forget_finished() {
  finished_->clear();
  for (auto it = connections_.begin(); it != connections_.end();) {
    if (!(*it)->done) {
      ++it;
      continue;
    }
    (*it)->thread.join();
    it = connections_.erase(it);
  }
}

Result<void> Listener::run(Waker& leave, Waker& look) {
  auto idle_since = std::chrono::steady_clock::now();
  for (;;) {
    const auto limit = std::min<std::chrono::milliseconds>(check_interval, options_.idle_limit);
    pollfd fds[4] = {{listening_.get(), POLLIN, 0},
                     {finished_->fd(), POLLIN, 0},
                     {leave.fd(), POLLIN, 0},
                     {look.fd(), POLLIN, 0}};
    const int ready = ::poll(fds, 4, static_cast<int>(limit.count()));
    if (ready < 0 && errno != EINTR) return system_error("cannot wait for connections", errno);
    if (fds[2].revents) return {};
    if (fds[1].revents) forget_finished();
    if (fds[3].revents) look.clear();
    if (options_.is_still_ours && !options_.is_still_ours()) return {};
    if (fds[0].revents)
      if (auto accepted = accept_one(); !accepted) {
        log_.error(accepted.error().describe());
        // Out of descriptors or threads: the connection stays in the queue, so do not spin on it.
        ::poll(nullptr, 0, 100);
      }
    if (!socket_is_ours())
      if (auto bound = bind(); !bound) log_.error(bound.error().describe());
    if (!connections_.empty() || (options_.busy && options_.busy()))
      idle_since = std::chrono::steady_clock::now();
    else if (std::chrono::steady_clock::now() - idle_since >= options_.idle_limit)
      return {};
  }
}

}  // namespace libre::agent
