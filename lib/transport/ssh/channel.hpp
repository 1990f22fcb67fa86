// Private to this folder: one channel of a session as a stream.
#pragma once
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "transport/ssh/session.hpp"
#include "transport/ssh/ssh_transport.hpp"

namespace libre::transport {

class SshChannel final : public SshStream {
 public:
  // These only begin; advance() or finish_opening() go on.
  static Result<std::unique_ptr<SshChannel>> begin_unix(std::shared_ptr<Session> session,
                                                        const std::string& path);
  static Result<std::unique_ptr<SshChannel>> begin_tcp(std::shared_ptr<Session> session,
                                                       const std::string& host, int port);
  // "" = the login shell.
  static Result<std::unique_ptr<SshChannel>> begin_command(std::shared_ptr<Session> session,
                                                           const std::string& command,
                                                           const std::optional<Terminal>& terminal);
  ~SshChannel() override;

  Result<void> finish_opening(const Wait& wait);  // advance() until it is open

  Result<std::size_t> read(std::span<std::byte> buffer, const Wait& wait) override;
  Result<void> write(std::span<const std::byte> bytes, const Wait& wait) override;
  void end_writing() override;
  void close() noexcept override;
  std::optional<std::chrono::nanoseconds> round_trip() const override {
    return session_->round_trip();
  }
  const std::string& errors() const override { return errors_; }
  Result<int> exit_code(const Wait& wait) override;

  int poll_fd() const override;
  short poll_events() const override { return session_->poll_events(); }
  Result<void> serve() override { return session_->serve(); }

  Result<bool> advance() override;
  bool has_news() const override { return news_; }
  Result<std::optional<std::size_t>> read_some(std::span<std::byte> buffer) override;
  Result<std::size_t> write_some(std::span<const std::byte> bytes) override;
  void finish_writing() override;
  std::string take_errors() override;
  Result<std::optional<int>> exit_now() override;
  void resize(TerminalSize size) override;

 private:
  // One exchange of the opening: a libssh call that is repeated while it says SSH_AGAIN.
  struct Step {
    std::function<int()> call;
    std::function<Error()> failure;
    std::optional<std::chrono::steady_clock::time_point> begun{};
  };
  SshChannel(std::shared_ptr<Session> session, ssh_channel raw);
  static Result<std::unique_ptr<SshChannel>> create(std::shared_ptr<Session> session);
  void add_session_step();
  void add_request(const std::string& failed, std::function<int()> call);
  void collect_errors();
  Result<void> take_all();
  Result<void> check_open() const;

  std::shared_ptr<Session> session_;
  ssh_channel raw_;
  ssh_channel_callbacks_struct callbacks_{};
  std::unique_ptr<Waker> closed_;
  std::vector<std::byte> space_;
  std::span<const std::byte> taken_;  // what of it nobody has read
  std::string errors_, fresh_errors_;
  bool keep_fresh_errors_ = false;
  bool is_command_ = false;
  bool news_ = true;  // libssh has called us since the last look
  std::deque<Step> opening_;
  std::optional<int> exit_;
};

}  // namespace libre::transport
