#include "transport/ssh/ssh_transport.hpp"

#include <poll.h>

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

Result<std::unique_ptr<SshStream>> SshTransport::open_socket_stream(const std::string& path,
                                                                    const Wait& wait) {
  LIBRE_TRY(auto channel, SshChannel::open_unix(session_, path, wait));
  return std::unique_ptr<SshStream>(std::move(channel));
}

Result<std::unique_ptr<SshStream>> SshTransport::open_tcp(const std::string& host, int port,
                                                          const Wait& wait) {
  LIBRE_TRY(auto channel, SshChannel::open_tcp(session_, host, port, wait));
  return std::unique_ptr<SshStream>(std::move(channel));
}

Result<std::unique_ptr<CommandStream>> SshTransport::execute(const std::string& command,
                                                             const Wait& wait) {
  LIBRE_TRY(auto channel, SshChannel::execute(session_, command, wait));
  return std::unique_ptr<CommandStream>(std::move(channel));
}

std::string SshTransport::describe() const { return session_->describe(); }
int SshTransport::fd() const { return ssh_get_fd(session_->raw()); }
bool SshTransport::alive() const { return session_->alive(); }

short SshTransport::poll_events() const {
  return static_cast<short>(
      POLLIN | ((ssh_get_poll_flags(session_->raw()) & SSH_WRITE_PENDING) ? POLLOUT : 0));
}

Result<void> SshTransport::serve() { return session_->serve(); }

Result<std::unique_ptr<SshTransport>> connect_ssh(const SshTarget& target,
                                                  const ConnectHooks& hooks, const Wait& wait) {
  Connecting connecting{hooks, wait};
  LIBRE_TRY(auto session, Session::open(target, connecting));
  return std::make_unique<SshTransport>(std::move(session));
}

}  // namespace libre::transport
