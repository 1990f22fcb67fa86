#include "master/master_transport.hpp"

#include "master/command_stream.hpp"
#include "master/message_io.hpp"

namespace libre::master {
namespace {

class MasterTransport final : public transport::Transport {
 public:
  MasterTransport(Place place, std::string who, std::unique_ptr<FdStream> first)
      : place_(std::move(place)), who_(std::move(who)), first_(std::move(first)) {}

  Result<std::unique_ptr<Stream>> open_socket(const std::string& path, const Wait& wait) override {
    LIBRE_TRY(auto stream, open({.verb = Verb::agent, .path = path}, wait));
    return std::unique_ptr<Stream>(std::move(stream));
  }

  Result<std::unique_ptr<Stream>> open_tcp(const std::string& host, int port,
                                           const Wait& wait) override {
    LIBRE_TRY(auto stream, open({.verb = Verb::tcp, .host = host, .port = port}, wait));
    return std::unique_ptr<Stream>(std::move(stream));
  }

  Result<std::unique_ptr<transport::CommandStream>> execute(const std::string& command,
                                                            const Wait& wait) override {
    LIBRE_TRY(auto stream, execute_interactively(command, std::nullopt, wait));
    return std::unique_ptr<transport::CommandStream>(std::move(stream));
  }

  Result<std::unique_ptr<transport::InteractiveStream>> execute_interactively(
      const std::string& command, const std::optional<transport::Terminal>& terminal,
      const Wait& wait) override {
    Request request{.verb = Verb::execute, .command = command};
    if (terminal) {
      request.terminal = terminal->kind;
      request.columns = terminal->size.columns;
      request.rows = terminal->size.rows;
    }
    LIBRE_TRY(auto stream, open(request, wait));
    return make_command_stream(std::move(stream));
  }

  std::string describe() const override { return who_; }

 private:
  Result<std::unique_ptr<FdStream>> open(const Request& request, const Wait& wait) {
    if (auto stream = std::exchange(first_, nullptr)) {
      auto opened = open_on(std::move(stream), request, wait);
      // It may have left since it greeted us, and then another one may be there.
      if (opened || opened.error().code != Errc::disconnected) return opened;
    }
    auto stream = connect_unix(place_.socket().string(), wait);
    if (!stream && (stream.error().code == Errc::not_found || stream.error().code == Errc::refused))
      return ended(stream.error());
    if (!stream) return std::move(stream).error();
    return open_on(std::move(*stream), request, wait);
  }

  Result<std::unique_ptr<FdStream>> open_on(std::unique_ptr<FdStream> stream,
                                            const Request& request, const Wait& wait) const {
    const auto reply = ask(*stream, request, wait);
    if (reply && reply->round_trip > 0)
      stream->set_round_trip(std::chrono::duration_cast<std::chrono::nanoseconds>(
          std::chrono::duration<double>(reply->round_trip)));
    if (reply) return stream;
    const Error& error = reply.error();
    const bool left =
        error.code == Errc::disconnected || error.code == Errc::io || error.code == Errc::version;
    return left ? ended(error) : error;
  }

  Error ended(const Error& reason) const {
    return Error{Errc::disconnected, "the connection to " + who_ + " ended", reason.message};
  }

  Place place_;
  std::string who_;
  std::unique_ptr<FdStream> first_;
};

}  // namespace

Result<Reply> ask(FdStream& master, const Request& request, const Wait& wait) {
  LIBRE_CHECK(send(master, request, wait));
  LIBRE_TRY(auto reply, receive<Reply>(master, wait));
  if (!reply.error.empty()) return error_from_json(reply.error);
  return reply;
}

std::unique_ptr<transport::Transport> make_master_transport(Place place, std::string who,
                                                            std::unique_ptr<FdStream> first) {
  return std::make_unique<MasterTransport>(std::move(place), std::move(who), std::move(first));
}

}  // namespace libre::master
