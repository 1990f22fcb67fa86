#include "transport/ssh/ssh_transport.hpp"

#include "transport/ssh/channel.hpp"
#include "transport/ssh/session.hpp"

namespace libre::transport {

SshTransport::SshTransport(std::shared_ptr<Session> session) : session_(std::move(session)) {}
SshTransport::~SshTransport() = default;

Result<std::unique_ptr<Stream>> SshTransport::open_socket(const std::string& path,
                                                          const Wait& wait) {
  LIBRE_TRY(auto stream, open_socket_stream(path, wait));
  return std::unique_ptr<Stream>(std::move(stream));
}

Result<std::unique_ptr<Stream>> SshTransport::open_tcp(const std::string& host, int port,
                                                       const Wait& wait) {
  LIBRE_TRY(auto stream, open_tcp_stream(host, port, wait));
  return std::unique_ptr<Stream>(std::move(stream));
}

Result<std::unique_ptr<CommandStream>> SshTransport::execute(const std::string& command,
                                                             const Wait& wait) {
  LIBRE_TRY(auto stream, execute_interactively(command, std::nullopt, wait));
  return std::unique_ptr<CommandStream>(std::move(stream));
}

Result<std::unique_ptr<InteractiveStream>> SshTransport::execute_interactively(
    const std::string& command, const std::optional<Terminal>& terminal, const Wait& wait) {
  LIBRE_TRY(auto channel, SshChannel::begin_command(session_, command, terminal));
  LIBRE_CHECK(channel->finish_opening(wait));
  return std::unique_ptr<InteractiveStream>(std::move(channel));
}

Result<std::unique_ptr<SshStream>> SshTransport::open_socket_stream(const std::string& path,
                                                                    const Wait& wait) {
  LIBRE_TRY(auto channel, SshChannel::begin_unix(session_, path));
  LIBRE_CHECK(channel->finish_opening(wait));
  return std::unique_ptr<SshStream>(std::move(channel));
}

Result<std::unique_ptr<SshStream>> SshTransport::open_tcp_stream(const std::string& host, int port,
                                                                 const Wait& wait) {
  LIBRE_TRY(auto channel, SshChannel::begin_tcp(session_, host, port));
  LIBRE_CHECK(channel->finish_opening(wait));
  return std::unique_ptr<SshStream>(std::move(channel));
}

Result<std::unique_ptr<Channel>> SshTransport::begin_socket(const std::string& path) {
  LIBRE_TRY(auto channel, SshChannel::begin_unix(session_, path));
  return std::unique_ptr<Channel>(std::move(channel));
}

Result<std::unique_ptr<Channel>> SshTransport::begin_tcp(const std::string& host, int port) {
  LIBRE_TRY(auto channel, SshChannel::begin_tcp(session_, host, port));
  return std::unique_ptr<Channel>(std::move(channel));
}

Result<std::unique_ptr<Channel>> SshTransport::begin_command(
    const std::string& command, const std::optional<Terminal>& terminal) {
  LIBRE_TRY(auto channel, SshChannel::begin_command(session_, command, terminal));
  return std::unique_ptr<Channel>(std::move(channel));
}

std::string SshTransport::describe() const { return session_->describe(); }
int SshTransport::fd() const { return ssh_get_fd(session_->raw()); }
bool SshTransport::alive() const { return session_->alive(); }

short SshTransport::poll_events() const { return session_->poll_events(); }
Result<void> SshTransport::serve() { return session_->serve(); }
bool SshTransport::has_heard() const { return session_->has_heard(); }
std::optional<std::chrono::nanoseconds> SshTransport::round_trip() const {
  return session_->round_trip();
}
Result<void> SshTransport::check_alive() { return session_->check_alive(); }

Result<std::unique_ptr<SshTransport>> connect_ssh(const SshTarget& target,
                                                  const ConnectHooks& hooks, const Wait& wait) {
  Connecting connecting{hooks, wait};
  LIBRE_TRY(auto session, Session::open(target, connecting));
  return std::make_unique<SshTransport>(std::move(session));
}

}  // namespace libre::transport
