#include "bootstrap/conversation.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/text.hpp"
#include "bootstrap/script.hpp"

namespace libre::bootstrap {
namespace {

class PrefixedStream final : public Stream {
 public:
  PrefixedStream(std::string first, std::unique_ptr<Stream> rest)
      : first_(std::move(first)), rest_(std::move(rest)) {}

  Result<std::size_t> read(std::span<std::byte> buffer, const Wait& wait) override {
    if (first_.empty()) return rest_->read(buffer, wait);
    const std::size_t size = std::min(buffer.size(), first_.size());
    std::memcpy(buffer.data(), first_.data(), size);
    first_.erase(0, size);
    return size;
  }
  Result<void> write(std::span<const std::byte> bytes, const Wait& wait) override {
    return rest_->write(bytes, wait);
  }
  void end_writing() override { rest_->end_writing(); }
  void close() noexcept override { rest_->close(); }
  std::optional<std::chrono::nanoseconds> round_trip() const override {
    return rest_->round_trip();
  }

 private:
  std::string first_;
  std::unique_ptr<Stream> rest_;
};

Begin parse_begin(const std::string& text) {
  auto fields = split(text, ' ');
  fields.resize(std::max<std::size_t>(fields.size(), 4));
  Begin begin{fields[0], fields[1], fields[2]};
  std::from_chars(fields[3].data(), fields[3].data() + fields[3].size(), begin.uid);
  return begin;
}

// Ends that a caller asked for; everything else is about the other side.
bool is_ours(Errc code) { return code == Errc::timed_out || code == Errc::interrupted; }

Error no_beginning(const Error& reason, bool ended, const std::string& who,
                   const std::string& noise) {
  const std::string said = noise.empty() ? "it printed nothing" : "it printed: " + noise;
  switch (reason.code) {
    case Errc::interrupted:
      return reason;
    case Errc::timed_out:
      return Error{Errc::timed_out, who + " did not run our command in time", said,
                   "see whether `ssh " + who + " true` works and is fast"};
    case Errc::protocol:
      return Error{Errc::protocol, who + " did not run our command", reason.message + "; " + said,
                   "make its shell's rc files print only where a person is logged in"};
    default:
      if (!ended) return reason;
      return Error{
          Errc::protocol, who + " did not run our command", said,
          "see whether `ssh " + who +
              " true` works: the account needs a shell that runs commands, "
              "and no ForceCommand of sshd_config (or command= of the key) may run another one"};
  }
}

}  // namespace

Result<Conversation> Conversation::open(transport::Transport& transport, const ScriptRun& run,
                                        const Wait& wait) {
  LIBRE_TRY(auto stream, transport.execute(command_line(run.script, entry_login), wait));
  Conversation conversation(std::move(stream), run.marker);
  // A shell that refuses to run anything may be gone already; what it printed says more than the
  // failed write.
  const auto sent = conversation.write(command_line(run.script, entry_stdin) + "\n", wait);
  if (!sent && is_ours(sent.error().code)) return sent.error();
  LIBRE_CHECK(conversation.await_begin(transport, run, wait));
  return conversation;
}

Result<void> Conversation::await_begin(transport::Transport& transport, const ScriptRun& run,
                                       const Wait& wait) {
  const auto end_input = [&] {
    stream_->end_writing();
    input_ended_ = true;
  };
  if (run.patience.count() == 0) end_input();
  Wait patient = wait;
  if (run.patience.count() > 0)
    patient.deadline = wait.deadline.or_earlier(Deadline::after(run.patience));
  auto line = reader_.next(patient);
  if (!line && line.error().code == Errc::timed_out && !wait.deadline.passed() && !input_ended_) {
    end_input();
    line = reader_.next(wait);
  }
  if (!line) return no_beginning(line.error(), reader_.ended(), transport.describe(), noise());
  begin_ = parse_begin(line->text);
  return {};
}

std::string Conversation::noise() const { return noise_of(reader_, *stream_); }

std::unique_ptr<Stream> Conversation::take_stream() && {
  return with_prefix(reader_.take_rest(), std::move(stream_));
}

std::unique_ptr<Stream> with_prefix(std::string first, std::unique_ptr<Stream> stream) {
  if (first.empty()) return stream;
  return std::make_unique<PrefixedStream>(std::move(first), std::move(stream));
}

std::string noise_of(const MarkedReader& reader, const transport::CommandStream& stream) {
  std::string text = reader.noise();
  for (const auto& line : split_lines(std::string_view(stream.errors()).substr(0, 400))) {
    if (trim(line).empty()) continue;
    if (!text.empty()) text += " | ";
    text += printable(line);
  }
  return text;
}

}  // namespace libre::bootstrap
