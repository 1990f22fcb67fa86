#include "bench/forward/traffic.hpp"

#include <cstring>
#include <stdexcept>

namespace libre::bench {

using testing::dial;

namespace {

constexpr std::size_t piece = 256 * 1024;

Wait patience() { return {Deadline::after(std::chrono::minutes(5))}; }

void check(const Result<void>& result) {
  if (!result) throw std::runtime_error(result.error().describe());
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

TrafficServer::TrafficServer() : TcpServer(serve) {}

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
