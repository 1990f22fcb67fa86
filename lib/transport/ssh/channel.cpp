#include "transport/ssh/channel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.hpp"

namespace libre::transport {
namespace {

constexpr std::size_t errors_limit = 64 * 1024;
// Asked for more than may come at the moment libssh opens the window for it, with a packet.
constexpr int read_step = 64 * 1024;
constexpr int first_read = 4 * 1024;            // of a stream: most bring less
constexpr std::size_t write_step = 256 * 1024;  // between two looks at the deadline

// SSH names signals; 128 + number is what a shell shows.
int signal_code(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, int>, 13> signals{{{"HUP", 1},
                                                                             {"INT", 2},
                                                                             {"QUIT", 3},
                                                                             {"ILL", 4},
                                                                             {"ABRT", 6},
                                                                             {"FPE", 8},
                                                                             {"KILL", 9},
                                                                             {"USR1", 10},
                                                                             {"SEGV", 11},
                                                                             {"USR2", 12},
                                                                             {"PIPE", 13},
                                                                             {"ALRM", 14},
                                                                             {"TERM", 15}}};
  for (const auto& [known, number] : signals)
    if (known == name) return 128 + number;
  return 255;
}

// libssh gives the server's reason only as text: "… error (1) open failed".
Error open_error(Session& session, const std::string& what, const char* settings,
                 bool ambiguous = false) {
  const std::string text = ssh_get_error(session.raw());
  if (!session.alive() || ssh_get_error_code(session.raw()) != SSH_REQUEST_DENIED)
    return session.failure("cannot open " + what);
  if (text.find("error (1)") != std::string::npos)
    return Error{Errc::denied,
                 fmt::format("the server of {} forbids to open {}", session.describe(), what),
                 "administratively prohibited", fmt::format("set {} in its sshd_config", settings)};
  if (text.find("error (2)") != std::string::npos)
    return Error{
        Errc::refused, fmt::format("nobody answers at {} on {}", what, session.describe()),
        ambiguous
            ? fmt::format(
                  "connect failed; sshd says the same where it forbids this, so {} may be missing "
                  "in its sshd_config",
                  settings)
            : "connect failed"};
  return Error{Errc::unsupported, fmt::format("{} cannot open {}", session.describe(), what),
               printable(text)};
}

}  // namespace

SshChannel::SshChannel(std::shared_ptr<Session> session, ssh_channel raw)
    : session_(std::move(session)), raw_(raw) {
  ssh_callbacks_init(&callbacks_);
  callbacks_.userdata = this;
  callbacks_.channel_exit_status_function = [](ssh_session, ssh_channel, int code, void* self) {
    static_cast<SshChannel*>(self)->exit_ = code;
    static_cast<SshChannel*>(self)->news_ = true;
  };
  callbacks_.channel_exit_signal_function = [](ssh_session, ssh_channel, const char* name, int,
                                               const char*, const char*, void* self) {
    static_cast<SshChannel*>(self)->exit_ = signal_code(name);
    static_cast<SshChannel*>(self)->news_ = true;
  };
  // What came stays in libssh's buffer until somebody reads: 0 bytes are taken here.
  callbacks_.channel_data_function = [](ssh_session, ssh_channel, void*, std::uint32_t, int,
                                        void* self) {
    static_cast<SshChannel*>(self)->news_ = true;
    return 0;
  };
  const auto ended = [](ssh_session, ssh_channel, void* self) {
    static_cast<SshChannel*>(self)->news_ = true;
  };
  callbacks_.channel_eof_function = ended;
  callbacks_.channel_close_function = ended;
  ssh_set_channel_callbacks(raw_, &callbacks_);
}

SshChannel::~SshChannel() {
  // libssh keeps the channel until the server has closed it too, so it must forget us first.
  ssh_remove_channel_callbacks(raw_, &callbacks_);
  ssh_channel_free(raw_);
}

Result<std::unique_ptr<SshChannel>> SshChannel::create(std::shared_ptr<Session> session) {
  LIBRE_TRY(auto closed, Waker::create());
  if (!session->alive())
    return session->failure("the connection to " + session->describe() + " ended");
  const ssh_channel raw = ssh_channel_new(session->raw());
  if (!raw) return session->failure("cannot make a channel");
  std::unique_ptr<SshChannel> channel(new SshChannel(std::move(session), raw));
  channel->closed_ = std::move(closed);
  return channel;
}

Result<std::unique_ptr<SshChannel>> SshChannel::begin_unix(std::shared_ptr<Session> session,
                                                           const std::string& path) {
  LIBRE_TRY(auto channel, create(std::move(session)));
  SshChannel* self = channel.get();
  self->opening_.push_back(
      {[self, path] {
         return ssh_channel_open_forward_unix(self->raw_, path.c_str(), "localhost", 0);
       },
       [self, path] {
         return open_error(*self->session_, "the socket " + printable(path),
                           "AllowStreamLocalForwarding yes (and AllowTcpForwarding yes)", true);
       }});
  return channel;
}

Result<std::unique_ptr<SshChannel>> SshChannel::begin_tcp(std::shared_ptr<Session> session,
                                                          const std::string& host, int port) {
  LIBRE_TRY(auto channel, create(std::move(session)));
  SshChannel* self = channel.get();
  self->opening_.push_back(
      {[self, host, port] {
         return ssh_channel_open_forward(self->raw_, host.c_str(), port, "localhost", 0);
       },
       [self, host, port] {
         return open_error(*self->session_, fmt::format("{} port {}", host, port),
                           "AllowTcpForwarding yes");
       }});
  return channel;
}

void SshChannel::add_session_step() {
  is_command_ = true;
  opening_.push_back(
      {[this] { return ssh_channel_open_session(raw_); },
       [this] {
         Error error = open_error(*session_, "a session", "MaxSessions higher");
         if (error.code != Errc::refused) return error;
         // For a session sshd's "connect failed" has one meaning, and asking again does not change it.
         return Error{Errc::denied, session_->describe() + " grants this login no further session",
                      "MaxSessions in its sshd_config", "set MaxSessions higher there"};
       }});
}

void SshChannel::add_request(const std::string& failed, std::function<int()> call) {
  const std::string message = failed + " on " + session_->describe();
  opening_.push_back({std::move(call), [this, message] {
                        if (session_->alive())
                          return Error{Errc::denied, message, "the server refused"};
                        return session_->failure(message);
                      }});
}

Result<std::unique_ptr<SshChannel>> SshChannel::begin_command(
    std::shared_ptr<Session> session, const std::string& command,
    const std::optional<Terminal>& terminal) {
  LIBRE_TRY(auto channel, create(std::move(session)));
  SshChannel* self = channel.get();
  self->add_session_step();
  if (terminal)
    self->add_request("cannot get a terminal", [self, wanted = *terminal] {
      return ssh_channel_request_pty_size(self->raw_, wanted.kind.c_str(), wanted.size.columns,
                                          wanted.size.rows);
    });
  if (command.empty())
    self->add_request("cannot start a shell",
                      [self] { return ssh_channel_request_shell(self->raw_); });
  else
    self->add_request("cannot run a command", [self, command] {
      return ssh_channel_request_exec(self->raw_, command.c_str());
    });
  return channel;
}

Result<bool> SshChannel::advance() {
  while (!opening_.empty()) {
    LIBRE_CHECK(check_open());
    if (!session_->alive())
      return session_->failure("the connection to " + session_->describe() + " ended");
    auto& step = opening_.front();
    if (!step.begun) step.begun = std::chrono::steady_clock::now();
    const int code = step.call();
    if (code == SSH_AGAIN) return false;
    if (code != SSH_OK) return step.failure();
    session_->note_exchange(std::chrono::steady_clock::now() - *step.begun);
    opening_.pop_front();
  }
  news_ = true;
  return true;
}

Result<void> SshChannel::finish_opening(const Wait& wait) {
  for (;;) {
    LIBRE_TRY(const bool open, advance());
    if (open) return {};
    LIBRE_CHECK(session_->wait_for_traffic(wait, closed_.get()));
  }
}

Result<void> SshChannel::check_open() const {
  if (closed_->notified()) return Error{Errc::disconnected, "the stream was closed"};
  return {};
}

// Stderr shares the window with stdout, so what lies there unread would stop both.
void SshChannel::collect_errors() {
  char buffer[16 * 1024];
  for (;;) {
    const int got = ssh_channel_read_nonblocking(raw_, buffer, sizeof buffer, 1);
    if (got <= 0) return;
    const auto size = static_cast<std::size_t>(got);
    errors_.append(buffer, std::min(size, errors_limit - errors_.size()));
    if (keep_fresh_errors_) fresh_errors_.append(buffer, size);
  }
}

std::string SshChannel::take_errors() {
  keep_fresh_errors_ = true;
  if (taken_.empty()) collect_errors();
  return std::exchange(fresh_errors_, {});
}

Result<std::optional<std::size_t>> SshChannel::read_some(std::span<std::byte> buffer) {
  LIBRE_CHECK(check_open());
  news_ = false;
  if (taken_.empty()) LIBRE_CHECK(take_all());
  if (!taken_.empty()) {
    news_ = true;  // there may be more
    const auto part = taken_.first(std::min(buffer.size(), taken_.size()));
    std::ranges::copy(part, buffer.begin());
    taken_ = taken_.subspan(part.size());
    return part.size();
  }
  if (!ssh_channel_is_eof(raw_)) return std::optional<std::size_t>();
  if (is_command_) collect_errors();
  return std::size_t{0};
}

// At each read libssh opens the window anew, however much still lies in its buffer: with small reads the
// server would be let ahead of a slow reader without end, and what no longer fits there libssh drops without
// a word. So everything is taken at once, and nothing more before it was read here.
Result<void> SshChannel::take_all() {
  if (is_command_) collect_errors();
  std::size_t size = 0;
  for (int step = space_.empty() ? first_read : read_step;; step = read_step) {
    const auto most = static_cast<std::uint32_t>(step);
    space_.resize(std::max(space_.size(), size + most));
    const int got = ssh_channel_read_timeout(raw_, space_.data() + size, most, 0, 0);
    if (got == SSH_ERROR && size == 0)
      return session_->failure("the connection to " + session_->describe() + " ended");
    size += static_cast<std::size_t>(std::max(got, 0));
    if (got < step) break;
  }
  taken_ = std::span(space_).first(size);
  return {};
}

Result<std::size_t> SshChannel::read(std::span<std::byte> buffer, const Wait& wait) {
  if (buffer.empty()) return Error{Errc::usage, "a read needs a buffer"};
  for (;;) {
    LIBRE_TRY(const auto got, read_some(buffer));
    if (got) return *got;
    LIBRE_CHECK(session_->wait_for_traffic(wait, closed_.get()));
  }
}

Result<std::size_t> SshChannel::write_some(std::span<const std::byte> bytes) {
  LIBRE_CHECK(check_open());
  if (bytes.empty()) return std::size_t{0};
  const auto size = static_cast<std::uint32_t>(std::min(bytes.size(), write_step));
  const int put = ssh_channel_write(raw_, bytes.data(), size);
  if (put >= 0) return static_cast<std::size_t>(put);
  if (session_->alive())
    return Error{Errc::disconnected, "the other side closed the stream",
                 printable(ssh_get_error(session_->raw()))};
  return session_->failure("the connection to " + session_->describe() + " ended");
}

Result<void> SshChannel::write(std::span<const std::byte> bytes, const Wait& wait) {
  while (!bytes.empty()) {
    LIBRE_TRY(const auto put, write_some(bytes));
    bytes = bytes.subspan(put);
    if (put == 0)
      LIBRE_CHECK(session_->wait_for_traffic(wait, closed_.get()));
    else
      LIBRE_CHECK(session_->flush(wait, closed_.get()));
  }
  return {};
}

void SshChannel::finish_writing() {
  if (!closed_->notified() && session_->alive()) ssh_channel_send_eof(raw_);
}

void SshChannel::end_writing() {
  if (closed_->notified() || !session_->alive()) return;
  finish_writing();
  // Five small bytes: only a connection that is dead anyway keeps them longer than this.
  (void)session_->flush({Deadline::after(std::chrono::seconds(5))}, closed_.get());
}

void SshChannel::close() noexcept { closed_->notify(); }

Result<int> SshChannel::exit_code(const Wait& wait) {
  if (!is_command_) return Error{Errc::unsupported, "this stream is no command"};
  for (;;) {
    LIBRE_CHECK(check_open());
    collect_errors();
    LIBRE_TRY(const auto code, exit_now());
    if (code) return *code;
    LIBRE_CHECK(session_->wait_for_traffic(wait, closed_.get()));
  }
}

Result<std::optional<int>> SshChannel::exit_now() {
  (void)ssh_channel_get_exit_status(raw_);  // takes in what came; the callbacks keep the result
  if (!exit_ && ssh_channel_is_closed(raw_) && session_->alive())
    return Error{Errc::disconnected, "the command ended without an exit code"};
  return exit_;
}

int SshChannel::poll_fd() const { return ssh_get_fd(session_->raw()); }

void SshChannel::resize(TerminalSize size) {
  if (is_command_ && opening_.empty() && session_->alive())
    ssh_channel_change_pty_size(raw_, size.columns, size.rows);
}

}  // namespace libre::transport
