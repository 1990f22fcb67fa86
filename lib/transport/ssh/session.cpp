#include "transport/ssh/session.hpp"

#include <fmt/format.h>
#include <libssh/server.h>  // ssh_send_keepalive
#include <poll.h>

#include <algorithm>

#include "base/text.hpp"
#include "transport/ssh/dial.hpp"
#include "transport/ssh/host_key.hpp"

namespace libre::transport {
namespace {

// Fast on machines with AES instructions, and no slower than others elsewhere.
constexpr const char* ciphers =
    "aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-ctr,aes192-"
    "ctr,aes128-ctr";
constexpr const char* key_exchanges =
    "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-"
    "sha2-nistp521,"
    "diffie-hellman-group18-sha512,diffie-hellman-group16-sha512,diffie-hellman-group-exchange-"
    "sha256,"
    "diffie-hellman-group14-sha256";

// How long a server may take for one step where neither the caller nor ConnectTimeout says less.
constexpr auto longest_step = std::chrono::seconds(60);

// A connection that was silent for longer is asked before it is relied on, and must answer within the
// limit: long for a slow line, short for a person who has just opened the lid.
constexpr auto freshness = std::chrono::seconds(10), answer_limit = std::chrono::seconds(8);

// Asks for the kinds of keys that we could check before those that we could not.
std::string host_key_order(const std::vector<std::string>& known_types) {
  std::vector<std::string> order;
  const auto add = [&](const std::string& type) {
    if (std::ranges::find(order, type) == order.end()) order.push_back(type);
  };
  const std::vector<std::string> all{"ssh-ed25519",         "ecdsa-sha2-nistp256",
                                     "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
                                     "rsa-sha2-512",        "rsa-sha2-256"};
  for (const auto& type : known_types) {
    if (type == "ssh-rsa") {
      add("rsa-sha2-512");
      add("rsa-sha2-256");
    } else if (std::ranges::find(all, type) != all.end())
      add(type);
  }
  for (const auto& type : all) add(type);
  return join(order, ",");
}

// A key's blob begins with its type, as a string with its length before it.
std::string type_of_blob(const std::string& base64) {
  std::string blob;
  if (!base64_decode(base64, blob) || blob.size() < 4) return {};
  const auto size = static_cast<std::size_t>(static_cast<unsigned char>(blob[3]));
  return blob.size() >= 4 + size ? blob.substr(4, size) : std::string();
}

class StopWatch {
 public:
  explicit StopWatch(const Connecting& connecting) : connecting_(connecting) {}
  // Since the last one, without the time that a person took for answers.
  double lap() {
    const auto before = std::exchange(begin_, Deadline::Clock::now());
    const auto pondered = connecting_.pondered - pondered_;
    pondered_ = connecting_.pondered;
    return std::chrono::duration<double>(begin_ - before - pondered).count();
  }

 private:
  const Connecting& connecting_;
  Deadline::Clock::duration pondered_ = connecting_.pondered;
  Deadline::Clock::time_point begin_ = Deadline::Clock::now();
};

}  // namespace

Wait Connecting::step(std::chrono::seconds limit) const {
  if (limit.count() <= 0) limit = longest_step;
  return {wait.deadline.or_earlier(Deadline::after(limit)), wait.waker};
}

void Connecting::say(const std::string& text) const {
  hooks.log.info(text);
  if (hooks.observer) hooks.observer->status(text);
}

void Connecting::notice(const std::string& text) const {
  hooks.log.info(text);
  if (hooks.observer) hooks.observer->notice(text);
}

Session::Session(ssh_session raw, const SshTarget& target)
    : raw_(raw),
      describe_(target.describe()),
      alive_interval_(target.alive_interval),
      alive_count_(target.alive_count) {
  ssh_set_counters(raw_, &traffic_, nullptr);
}

Session::~Session() {
  // A goodbye may be sent, but not waited for; ssh_free closes the socket.
  if (alive()) ssh_disconnect(raw_);
  ssh_free(raw_);
}

Result<void> Session::configure(const SshTarget& target,
                                const std::vector<std::string>& key_types) {
  const bool off = false;
  const std::string order = host_key_order(key_types);
  const auto set = [&](ssh_options_e option, const void* value) {
    return ssh_options_set(raw_, option, value) == SSH_OK;
  };
  // libssh must read no files of its own: which ones count is decided by target.cpp.
  const bool done =
      set(SSH_OPTIONS_PROCESS_CONFIG, &off) && set(SSH_OPTIONS_HOST, "remote") &&
      set(SSH_OPTIONS_SSH_DIR, "/nonexistent") && set(SSH_OPTIONS_USER, target.user.c_str()) &&
      set(SSH_OPTIONS_KNOWNHOSTS, "/dev/null") && set(SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null") &&
      set(SSH_OPTIONS_CIPHERS_C_S, ciphers) && set(SSH_OPTIONS_CIPHERS_S_C, ciphers) &&
      set(SSH_OPTIONS_KEY_EXCHANGE, key_exchanges) && set(SSH_OPTIONS_HOSTKEYS, order.c_str());
  if (!done) return Error{Errc::internal, "cannot prepare an SSH session", ssh_get_error(raw_)};
  ssh_set_blocking(raw_, 0);
  return {};
}

Result<void> Session::handshake(Fd socket, const Wait& wait) {
  const int fd = socket.get();
  if (ssh_options_set(raw_, SSH_OPTIONS_FD, &fd) != SSH_OK)
    return failure("cannot prepare an SSH session");
  socket.release();  // libssh closes it
  auto code = drive(SSH_AGAIN, wait, [&] { return ssh_connect(raw_); });
  if (!code) {
    Error error = std::move(code).error();
    if (error.code == Errc::timed_out)
      error.cause = "it accepted the connection, but does not speak SSH";
    error.message = describe_ + " does not answer";
    return error;
  }
  if (*code != SSH_OK) return failure("cannot start SSH with " + describe_);
  // libssh has made the socket blocking, but then a write could wait for ever.
  return set_nonblocking(ssh_get_fd(raw_), true);
}

Result<HostKey> Session::server_key() const {
  ssh_key key = nullptr;
  if (ssh_get_server_publickey(raw_, &key) != SSH_OK) return failure("the server has shown no key");
  char* text = nullptr;
  HostKey result;
  if (ssh_pki_export_pubkey_base64(key, &text) == SSH_OK) result.blob = text;
  ssh_string_free_char(text);
  ssh_key_free(key);
  result.type = type_of_blob(result.blob);
  return result;
}

Result<std::unique_ptr<Session>> Session::open(const SshTarget& target, Connecting& connecting) {
  LIBRE_TRY(const auto known, read_known_hosts(target));
  connecting.say("connecting to " + target.describe());
  LoginTimes times;
  StopWatch watch(connecting);
  RoutedSocket routed;
  if (target.via.empty() && target.proxy_command.empty()) {
    auto socket = dial_tcp(target.host, target.port, connecting.step(target.connect_timeout));
    if (!socket) return std::move(socket).error().wrapped("cannot reach " + target.describe());
    routed.socket = std::move(*socket);
  } else {
    LIBRE_TRY(routed, open_route(target, connecting));
  }
  times.connect = watch.lap();
  const ssh_session raw = ssh_new();
  if (!raw) return Error{Errc::internal, "cannot make an SSH session"};
  std::unique_ptr<Session> session(new Session(raw, target));
  session->route_ = std::move(routed.route);
  const auto [name, port] = host_key_identity(target);
  LIBRE_CHECK(session->configure(target, known_key_types(known, name, port)));
  LIBRE_CHECK(
      session->handshake(std::move(routed.socket), connecting.step(target.connect_timeout)));
  LIBRE_TRY(const auto key, session->server_key());
  LIBRE_TRY(const bool trusted, check_host_key(target, known, key, connecting));
  times.keys = watch.lap();
  LIBRE_CHECK(authenticate(*session, target, connecting, trusted));
  times.login = watch.lap();
  if (connecting.hooks.times) *connecting.hooks.times = times;
  connecting.say("logged in to " + target.describe());
  if (session->alive_interval_.count() > 0)
    session->next_sign_ = Deadline::after(session->alive_interval_);
  session->fresh_until_ = Deadline::after(freshness);
  return session;
}

Result<void> Session::wait_for_traffic(const Wait& wait, const Waker* closed) {
  for (;;) {
    if (!alive()) return failure("the connection to " + describe_ + " ended");
    pollfd fds[3] = {{ssh_get_fd(raw_), poll_events(), 0},
                     {closed ? closed->fd() : -1, POLLIN, 0},
                     {wait.waker ? wait.waker->fd() : -1, POLLIN, 0}};
    const int ready = ::poll(fds, 3, wait.deadline.or_earlier(next_sign_).poll_timeout());
    if (ready < 0 && errno != EINTR) return system_error("cannot wait for " + describe_, errno);
    if (ready > 0) {
      if (fds[1].revents) return Error{Errc::disconnected, "the stream was closed"};
      if (fds[2].revents) return Error{Errc::interrupted, "interrupted"};
      return {};
    }
    if (wait.deadline.passed())
      return Error{Errc::timed_out, "timed out", describe_ + " did not answer in time"};
    if (next_sign_.passed()) LIBRE_CHECK(ask_for_sign_of_life());
  }
}

Result<void> Session::ask_for_sign_of_life() {
  const bool regular = alive_interval_.count() > 0;
  next_sign_ = regular ? Deadline::after(alive_interval_) : Deadline::never();
  if (traffic_.in_bytes != heard_bytes_) {  // which is sign enough
    heard_bytes_ = traffic_.in_bytes;
    unanswered_ = 0;
    return {};
  }
  if (regular && unanswered_++ >= alive_count_)
    return Error{Errc::disconnected, "the connection to " + describe_ + " is dead",
                 fmt::format("no sign of life for {} s", alive_interval_.count() * unanswered_)};
  send_question();
  return {};
}

void Session::send_question() {
  // The first call may only collect the answer to an earlier question; then the second one asks.
  ssh_send_keepalive(raw_);
  ssh_send_keepalive(raw_);
}

short Session::poll_events() const {
  const bool pending = (ssh_get_poll_flags(raw_) & SSH_WRITE_PENDING) != 0;
  return static_cast<short>(POLLIN | (pending ? POLLOUT : 0));
}

Result<void> Session::check_alive() {
  if (!fresh_until_.passed() || !answer_due_.is_never()) return {};
  answer_due_ = Deadline::after(answer_limit);
  send_question();
  return {};
}

Result<void> Session::serve() {
  // With nothing to flush libssh would not look at the socket, so it is polled by an empty event.
  ssh_event event = ssh_event_new();
  if (!event) return Error{Errc::internal, "cannot make an event"};
  const bool served =
      ssh_event_add_session(event, raw_) == SSH_OK && ssh_event_dopoll(event, 0) != SSH_ERROR;
  ssh_event_remove_session(event, raw_);
  ssh_event_free(event);
  if (!served || !alive()) return failure("the connection to " + describe_ + " ended");
  if (traffic_.in_bytes != served_bytes_) {
    served_bytes_ = traffic_.in_bytes;
    fresh_until_ = Deadline::after(freshness);
    answer_due_ = Deadline::never();
  }
  if (answer_due_.passed())
    return Error{Errc::disconnected, "the connection to " + describe_ + " is dead",
                 "it gave no sign of life when it was used again"};
  return next_sign_.passed() ? ask_for_sign_of_life() : Result<void>();
}

Result<void> Session::flush(const Wait& wait, const Waker* closed) {
  for (;;) {
    const int code = ssh_blocking_flush(raw_, 0);
    if (code == SSH_OK) return {};
    if (code != SSH_AGAIN) return failure("the connection to " + describe_ + " ended");
    LIBRE_CHECK(wait_for_traffic(wait, closed));
  }
}

Error Session::failure(std::string message) const {
  std::string cause = printable(ssh_get_error(raw_));
  if (const char* said = ssh_get_disconnect_message(raw_); said && *said) cause = printable(said);
  const bool mismatch = cause.find("no match for method") != std::string::npos;
  return Error{
      mismatch ? Errc::unsupported : Errc::disconnected, std::move(message), std::move(cause),
      mismatch ? "the server offers only algorithms that are not safe any more; update it" : ""};
}

}  // namespace libre::transport
