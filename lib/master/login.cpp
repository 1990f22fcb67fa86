#include "master/login.hpp"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <system_error>
#include <thread>

#include "master/message_io.hpp"
#include "master/server.hpp"
#include "transport/ssh/ssh_transport.hpp"

namespace libre::master {
namespace {

// The starter as the one who is told and asked. It answers at once or not at all: where it has gone, each
// question fails with Errc::interrupted.
class Starter final : public Observer, public Prompter {
 public:
  explicit Starter(Stream& stream) : stream_(stream) {}

  void status(const std::string& text) override { (void)tell(Topic::status, text); }
  void notice(const std::string& text) override { (void)tell(Topic::notice, text); }
  Result<void> tell(Topic topic, const std::string& text) {
    return send(stream_, Note{topic, text}, {});
  }

  Result<std::string> secret(const std::string& prompt) override {
    LIBRE_TRY(auto answer, ask(Topic::secret, prompt));
    return std::move(answer.text);
  }
  Result<std::string> line(const std::string& prompt) override {
    LIBRE_TRY(auto answer, ask(Topic::line, prompt));
    return std::move(answer.text);
  }
  Result<bool> confirm(const std::string& question) override {
    LIBRE_TRY(const auto answer, ask(Topic::confirm, question));
    return answer.yes;
  }

 private:
  Result<Answer> ask(Topic topic, const std::string& text) {
    const auto gone = Error{Errc::interrupted, "the one who asked has left"};
    if (!tell(topic, text)) return gone;
    auto answer = receive<Answer>(stream_, {});
    if (!answer) return gone;
    if (!answer->error.empty()) return error_from_json(answer->error);
    return answer;
  }

  Stream& stream_;
};

// Notifies a waker when the starter closes its end. A thread, because the login blocks in many places;
// it ends with this object.
class StarterWatch {
 public:
  static Result<std::unique_ptr<StarterWatch>> start(int starter) {
    std::unique_ptr<StarterWatch> watch(new StarterWatch);
    LIBRE_TRY(watch->gone_, Waker::create());
    LIBRE_TRY(watch->enough_, Waker::create());
    try {
      watch->thread_ = std::thread([&watch = *watch, starter] { watch.look(starter); });
    } catch (const std::system_error& failure) {
      return Error{Errc::io, "cannot start a thread", failure.what()};
    }
    return watch;
  }
  ~StarterWatch() {
    if (enough_) enough_->notify();
    if (thread_.joinable()) thread_.join();
  }
  Waker& gone() { return *gone_; }

 private:
  StarterWatch() = default;
  void look(int starter) {
    pollfd fds[2] = {{starter, POLLRDHUP, 0}, {enough_->fd(), POLLIN, 0}};
    while (::poll(fds, 2, -1) < 0) {
    }
    if (fds[0].revents) gone_->notify();
  }
  std::unique_ptr<Waker> gone_, enough_;
  std::thread thread_;
};

Result<std::unique_ptr<transport::SshTransport>> log_in(FdStream& stream,
                                                        const StartRequest& request,
                                                        Starter& starter) {
  LIBRE_TRY(const auto watch, StarterWatch::start(stream.read_fd()));
  const Wait wait{Deadline::after(std::chrono::milliseconds(request.timeout_ms)), &watch->gone()};
  return transport::connect_ssh(
      request.target, {.observer = &starter, .prompter = request.may_ask ? &starter : nullptr},
      wait);
}

// A process that lives on needs it no more.
void forget_password(transport::SshTarget& target) {
  ::explicit_bzero(target.password.data(), target.password.size());
  for (auto& hop : target.via) forget_password(hop);
}

Result<void> serve(FdStream& stream, Starter& starter) {
  LIBRE_TRY(auto request,
            receive<StartRequest>(stream, {Deadline::after(std::chrono::seconds(10))}));
  if (request.version != own_version())
    return Error{Errc::version, "the master program is of another version",
                 own_version() + " and " + request.version, "install re again"};
  auto logged_in = log_in(stream, request, starter);
  forget_password(request.target);
  LIBRE_TRY(const auto connection, std::move(logged_in));
  ServerOptions options;
  options.socket = Place{request.directory}.socket();
  options.instance = request.target.describe();
  options.agent_socket = request.agent_socket;
  options.idle_limit = std::chrono::milliseconds(request.idle_limit_ms);
  LIBRE_TRY(const auto server, Server::open(*connection, std::move(options)));
  (void)starter.tell(Topic::ready, {});
  stream.close();
  // The end of the connection is no failure of ours: nobody waits for a word about it.
  (void)server->run();
  return {};
}

}  // namespace

bool run_master(Fd socket) {
  FdStream stream(std::move(socket));
  Starter starter(stream);
  const auto served = serve(stream, starter);
  if (!served) (void)starter.tell(Topic::failed, to_json(served.error()));
  return served.has_value();
}

}  // namespace libre::master
