// One of our scripts while it runs on the other side.
#pragma once
#include <chrono>
#include <memory>
#include <string>

#include "bootstrap/framing.hpp"
#include "transport/transport.hpp"

namespace libre::bootstrap {

struct ScriptRun {
  std::string script;
  std::string marker;
  // How long to wait for the first marked line before stdin is ended: shells that read all of
  // stdin first (fish) begin only then. Zero: end it at once. Negative: never.
  std::chrono::milliseconds patience = std::chrono::seconds(4);
};

// What the script's first line tells.
struct Begin {
  std::string entry;  // which copy of the command line runs (script.hpp)
  std::string system, machine;
  std::int64_t uid = -1;
};

class Conversation {
 public:
  // Runs the script: as the login shell's command, and, in case an rc file replaces that shell, as
  // the first line of stdin too. Returns when the script has begun. Errc::protocol with what the
  // other side printed where it never does.
  static Result<Conversation> open(transport::Transport& transport, const ScriptRun& run,
                                   const Wait& wait);

  const Begin& begin() const { return begin_; }
  bool input_ended() const { return input_ended_; }

  // The next marked line; Errc::disconnected at the end.
  Result<MarkedLine> next(const Wait& wait) { return reader_.next(wait); }
  Result<void> write(std::string_view bytes, const Wait& wait) {
    return stream_->write(as_bytes(bytes), wait);
  }

  bool ended() const { return reader_.ended(); }

  // What the other side said besides marked lines, safe to show; "" for nothing.
  std::string noise() const;

  // The command itself from here on, with what has been read already put back in front.
  std::unique_ptr<Stream> take_stream() &&;

 private:
  Conversation(std::unique_ptr<transport::CommandStream> stream, std::string marker)
      : stream_(std::move(stream)), reader_(*stream_, std::move(marker)) {}
  Result<void> await_begin(transport::Transport& transport, const ScriptRun& run, const Wait& wait);

  std::unique_ptr<transport::CommandStream> stream_;
  MarkedReader reader_;
  Begin begin_;
  bool input_ended_ = false;
};

// `stream` with `first` in front of what it delivers.
std::unique_ptr<Stream> with_prefix(std::string first, std::unique_ptr<Stream> stream);

// What a command said outside of its marked lines: stdout, then stderr.
std::string noise_of(const MarkedReader& reader, const transport::CommandStream& stream);

}  // namespace libre::bootstrap
