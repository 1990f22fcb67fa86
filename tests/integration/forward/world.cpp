#include "world.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <list>
#include <stdexcept>

#include "base/stream.hpp"
#include "forward/loop.hpp"
#include "forward/opening.hpp"

namespace libre::testing {

EchoServer::EchoServer() {
  auto listening = forward::listen_tcp({}, 0, false);
  if (!listening) throw std::runtime_error(listening.error().describe());
  listening_ = std::move(listening->sockets);
  port_ = listening->port;
  quit_ = std::move(*Waker::create());
  thread_ = std::thread([this] { run(); });
}

EchoServer::~EchoServer() {
  quit_->notify();
  thread_.join();
}

void EchoServer::run() {
  struct Client {
    Fd fd;
    std::string waiting;
    bool ended = false, over = false;
  };
  std::list<Client> clients;
  while (!quit_->notified()) {
    std::vector<pollfd> fds{{quit_->fd(), POLLIN, 0}};
    for (const auto& socket : listening_) fds.push_back({socket.get(), POLLIN, 0});
    for (const auto& client : clients)
      fds.push_back(
          {client.fd.get(), static_cast<short>(client.waiting.empty() ? POLLIN : POLLOUT), 0});
    if (::poll(fds.data(), fds.size(), -1) < 0) continue;
    auto at = fds.begin() + 1 + static_cast<std::ptrdiff_t>(listening_.size());
    for (auto& client : clients) {
      if ((at++)->revents == 0) continue;
      char buffer[64 * 1024];
      if (client.waiting.empty()) {
        const auto got = ::recv(client.fd.get(), buffer, sizeof buffer, MSG_DONTWAIT);
        if (got <= 0)
          client.over = true;
        else
          client.waiting.assign(buffer, static_cast<std::size_t>(got));
      }
      const auto put = ::send(client.fd.get(), client.waiting.data(), client.waiting.size(),
                              MSG_DONTWAIT | MSG_NOSIGNAL);
      if (put > 0) client.waiting.erase(0, static_cast<std::size_t>(put));
    }
    std::erase_if(clients, [](const Client& client) { return client.over; });
    for (const auto& socket : listening_) {
      Fd fd(::accept4(socket.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (!fd) continue;
      clients.push_back({std::move(fd), {}});
      ++connections_;
    }
  }
}

std::unique_ptr<FdStream> dial(int port) {
  forward::Opening opening(forward::numeric_addresses("localhost", port));
  for (;;) {
    const auto open = opening.advance();
    if (!open) throw std::runtime_error(open.error().describe());
    if (*open) return std::make_unique<FdStream>(opening.take().fd);
    (void)wait_for(opening.wait().fd, POLLOUT, {Deadline::after(std::chrono::seconds(20))});
  }
}

bool echoes(int port, const std::string& text, std::chrono::milliseconds limit) {
  const Wait wait{Deadline::after(limit)};
  const auto stream = dial(port);
  if (!stream->write(as_bytes(text), wait)) return false;
  const auto back = read_exactly(*stream, text.size(), wait);
  return back && *back == text;
}

int number_in(const std::string& json, const std::string& name) {
  const auto at = json.find("\"" + name + "\":");
  return at == std::string::npos ? -1 : std::atoi(json.c_str() + at + name.size() + 3);
}

int World::forward(std::vector<std::string> words) const {
  words.insert(words.begin(), {"forward", "--run-async", "--json"});
  const auto output = laptop.re(words);
  if (!output.exit.ok()) throw std::runtime_error("re forward failed: " + output.err);
  return number_in(output.out, "port");
}

}  // namespace libre::testing
