// Private to this folder: one channel of a session as a stream.
#pragma once
#include <optional>

#include "transport/ssh/session.hpp"
#include "transport/ssh/ssh_transport.hpp"

namespace libre::transport {

class SshChannel final : public SshStream {
 public:
  static Result<std::unique_ptr<SshChannel>> open_unix(std::shared_ptr<Session> session,
                                                       const std::string& path, const Wait& wait);
  static Result<std::unique_ptr<SshChannel>> open_tcp(std::shared_ptr<Session> session,
                                                      const std::string& host, int port,
                                                      const Wait& wait);
  // A session channel on which nothing was asked for yet.
  static Result<std::unique_ptr<SshChannel>> open_session(std::shared_ptr<Session> session,
                                                          const Wait& wait);
  static Result<std::unique_ptr<SshChannel>> execute(std::shared_ptr<Session> session,
                                                     const std::string& command, const Wait& wait);
  ~SshChannel() override;

  Result<std::size_t> read(std::span<std::byte> buffer, const Wait& wait) override;
  Result<void> write(std::span<const std::byte> bytes, const Wait& wait) override;
  Result<std::size_t> write_some(std::span<const std::byte> bytes) override;
  void end_writing() override;
  void close() noexcept override;
  const std::string& errors() const override { return errors_; }
  Result<int> exit_code(const Wait& wait) override;

  ssh_channel raw() const { return raw_; }
  Session& session() { return *session_; }
  std::string take_errors();  // stderr since the last call, without the limit of errors()
  // A request on this channel ("exec", "pty", …): `operation` is a libssh call.
  template <class Operation>
  Result<void> request(const std::string& failed, const Wait& wait, Operation operation) {
    LIBRE_TRY(const int code, session_->drive(SSH_AGAIN, wait, operation));
    if (code == SSH_OK) return {};
    if (session_->alive()) return Error{Errc::denied, failed, "the server refused"};
    return session_->failure(failed);
  }

 private:
  SshChannel(std::shared_ptr<Session> session, ssh_channel raw);
  static Result<std::unique_ptr<SshChannel>> create(std::shared_ptr<Session> session);
  void collect_errors();
  Result<void> check_open() const;

  std::shared_ptr<Session> session_;
  ssh_channel raw_;
  ssh_channel_callbacks_struct callbacks_{};
  std::unique_ptr<Waker> closed_;
  std::string errors_, fresh_errors_;
  bool keep_fresh_errors_ = false;
  bool is_command_ = false;
  std::optional<int> exit_;
};

}  // namespace libre::transport
