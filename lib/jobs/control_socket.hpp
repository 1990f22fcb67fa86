// How an agent talks to a running supervisor: a unix socket <runtime>/jobs/<id>.sock (0600, in a
// directory of the user's only), on which each request is one wire frame (ControlRequest and a
// body) and is answered by one (ControlReply).
//
// Paths may be longer than a socket address allows, so both sides name the directory by an open
// descriptor of theirs ("/proc/self/fd/7/12.sock").
#pragma once
#include <poll.h>

#include <filesystem>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "base/stream.hpp"
#include "jobs/messages.hpp"
#include "wire/frame.hpp"

namespace libre::jobs {

std::filesystem::path control_directory(const std::filesystem::path& runtime_dir);
std::string control_name(std::uint64_t job);

// The asking side. One request at a time; a reply may come long after (a kill's grace).
class ControlClient {
 public:
  // Errc::not_found or refused: nobody listens there.
  static Result<ControlClient> connect(const std::filesystem::path& runtime_dir, std::uint64_t job,
                                       const Wait& wait);
  Result<void> send(const ControlRequest& request, std::string_view body, const Wait& wait);
  // The supervisor's failure as an Error; Errc::disconnected where it ended before it answered.
  Result<ControlReply> receive(const Wait& wait);

 private:
  explicit ControlClient(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {}
  std::unique_ptr<Stream> stream_;
  wire::Decoder decoder_;
};

// One request that waits for its reply. From a connection with a waiting request nothing more is
// read, so what a client can make the supervisor hold is bounded.
struct ControlCall {
  std::uint64_t connection = 0;  // never used twice, unlike descriptors
  ControlRequest request{};
  std::string body{};
};

// The answering side, for a poll loop in one thread. Never blocks.
class ControlServer {
 public:
  ControlServer() = default;
  // Also repairs: makes the socket anew where somebody removed it.
  Result<void> listen(const std::filesystem::path& runtime_dir, std::uint64_t job);

  void add_to(std::vector<pollfd>& fds) const;
  // Accepts, reads, drops what hung up. Gives the requests that are complete now.
  std::vector<ControlCall> take(const std::vector<pollfd>& fds);
  bool is_connected(std::uint64_t connection) const;
  void reply(std::uint64_t connection, const ControlReply& reply);
  void close();

 private:
  struct Peer {
    std::uint64_t id;
    Fd fd;
    wire::Decoder decoder;
    bool waiting = false;
  };
  void accept_all();
  bool read_from(Peer& peer);
  Fd listener_;
  std::filesystem::path path_;
  std::list<Peer> peers_;
  std::uint64_t last_id_ = 0;
};

}  // namespace libre::jobs
