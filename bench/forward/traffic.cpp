#include "bench/forward/traffic.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cstring>
#include <stdexcept>

#include "forward/opening.hpp"

namespace libre::bench {
namespace {

constexpr std::size_t piece = 256 * 1024;

Wait patience() { return {Deadline::after(std::chrono::minutes(5))}; }

void check(const Result<void>& result) {
  if (!result) throw std::runtime_error(result.error().describe());
}

std::unique_ptr<FdStream> dial(int port) {
  forward::Opening opening(forward::numeric_addresses("localhost", port));
  for (;;) {
    const auto open = opening.advance();
    if (!open) throw std::runtime_error(open.error().describe());
    if (*open) return std::make_unique<FdStream>(opening.take().fd);
    check(wait_for(opening.wait().fd, POLLOUT, patience()));
  }
}

void send_bytes(Stream& stream, std::uint64_t size) {
  const std::string bytes(piece, 'x');
  for (std::uint64_t left = size; left > 0;) {
    const auto now = std::min<std::uint64_t>(left, piece);
    check(stream.write(as_bytes(std::string_view(bytes).substr(0, now)), patience()));
    left -= now;
  }
}

std::uint64_t take_all(Stream& stream) {
  std::vector<std::byte> buffer(piece);
  for (std::uint64_t total = 0;;) {
    const auto got = stream.read(buffer, patience());
    if (!got) throw std::runtime_error(got.error().describe());
    if (*got == 0) return total;
    total += *got;
  }
}

void ask_for(Stream& stream, std::uint64_t size) {
  char request[9] = {'d'};
  std::memcpy(request + 1, &size, sizeof size);
  check(stream.write(as_bytes(std::string_view(request, sizeof request)), patience()));
}

void serve(Stream& stream) {
  const auto verb = read_exactly(stream, 1, patience());
  if (!verb) return;
  if (*verb == "d") {
    const auto text = read_exactly(stream, 8, patience());
    if (!text) return;
    std::uint64_t size = 0;
    std::memcpy(&size, text->data(), sizeof size);
    send_bytes(stream, size);
  } else if (*verb == "u") {
    (void)take_all(stream);
    check(stream.write(as_bytes("k"), patience()));
  } else {
    check(stream.write(as_bytes(*verb), patience()));
  }
  stream.end_writing();
}

}  // namespace

TrafficServer::TrafficServer() {
  auto listening = forward::listen_tcp({}, 0, false);
  if (!listening) throw std::runtime_error(listening.error().describe());
  listening_ = std::move(listening->sockets);
  port_ = listening->port;
  quit_ = std::move(*Waker::create());
  thread_ = std::thread([this] { run(); });
}

TrafficServer::~TrafficServer() {
  quit_->notify();
  thread_.join();
  for (auto& worker : workers_) worker.join();
}

void TrafficServer::run() {
  for (;;) {
    std::vector<pollfd> fds{{quit_->fd(), POLLIN, 0}};
    for (const auto& socket : listening_) fds.push_back({socket.get(), POLLIN, 0});
    if (::poll(fds.data(), fds.size(), -1) < 0) continue;
    if (fds[0].revents) return;
    for (const auto& socket : listening_) {
      Fd fd(::accept4(socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!fd) continue;
      workers_.emplace_back([stream = std::make_shared<FdStream>(std::move(fd))] {
        try {
          serve(*stream);
        } catch (const std::exception&) {
          // Its client sees the end.
        }
      });
    }
  }
}

void download(int port, std::uint64_t size) {
  const auto stream = dial(port);
  ask_for(*stream, size);
  if (take_all(*stream) != size) throw std::runtime_error("bytes are missing");
}

void upload(int port, std::uint64_t size) {
  const auto stream = dial(port);
  check(stream->write(as_bytes("u"), patience()));
  send_bytes(*stream, size);
  stream->end_writing();
  if (take_all(*stream) != 1) throw std::runtime_error("the server did not take it");
}

void download_in_parallel(int port, int connections, std::uint64_t size_of_each) {
  std::vector<std::unique_ptr<FdStream>> streams;
  for (int i = 0; i < connections; ++i) {
    streams.push_back(dial(port));
    ask_for(*streams.back(), size_of_each);
  }
  for (const auto& stream : streams)
    if (take_all(*stream) != size_of_each) throw std::runtime_error("bytes are missing");
}

void connect_and_echo(int port) {
  const auto stream = dial(port);
  check(stream->write(as_bytes("e"), patience()));
  const auto back = read_exactly(*stream, 1, patience());
  if (!back || *back != "e") throw std::runtime_error("no echo");
}

bool serves(int port) {
  try {
    connect_and_echo(port);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace libre::bench
