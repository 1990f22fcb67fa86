// Streams to the agent that are open before anybody asks for one, so that a request over one of them is
// a single round trip. They lead to the socket that was asked for last.
#pragma once
#include <algorithm>
#include <list>
#include <memory>
#include <string>

#include "transport/multiplexer.hpp"

namespace libre::master {

class Spares {
 public:
  explicit Spares(transport::Multiplexer& connection) : connection_(connection) {}

  struct Stream {
    std::unique_ptr<transport::Channel> channel;  // may still be opening
    std::string early{};                          // read from it already
  };

  // A stream to `path`: a spare, or one that begins to open now. prepare() replaces it, best together with
  // the first request over the stream: then both share a round trip.
  Result<Stream> take(const std::string& path);

  // Begins to open as many as are missing for `path`.
  void prepare(const std::string& path);

  // Lets those go on that are opening, and forgets those that have ended. They are not replaced before the
  // next one is asked for: where the agent has left, nobody would answer.
  void look();

  std::size_t size() const { return spares_.size(); }
  bool any_open() const {
    return std::ranges::any_of(spares_, [](const Spare& spare) { return spare.open; });
  }

 private:
  bool lives(Stream& spare, bool& open);

  struct Spare {
    Stream stream;
    bool open = false;
  };
  transport::Multiplexer& connection_;
  std::string path_;
  std::list<Spare> spares_;
};

}  // namespace libre::master
