// Private to this folder: one libssh session, from a socket to an accepted login. The only header
// that names libssh. One thread at a time; libssh runs non-blocking and all waiting is done here.
#pragma once
#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/wait.hpp"
#include "transport/ssh/hooks.hpp"
#include "transport/ssh/known_hosts.hpp"
#include "transport/ssh/target.hpp"

namespace libre::transport {

// What a session's socket hangs on (another session, a proxy command); ends with the session.
class Route {
 public:
  virtual ~Route() = default;
};

// The state of one attempt to connect: whom to ask, and until when.
struct Connecting {
  ConnectHooks hooks;
  Wait wait;
  Deadline::Clock::duration pondered{};  // how long a person has thought about answers

  // Calls `question` with the clock stopped: a person may take their time.
  template <class Question>
  auto ask(Question question) {
    const int left = wait.deadline.poll_timeout();
    const auto begin = Deadline::Clock::now();
    auto answer = question(*hooks.prompter);
    pondered += Deadline::Clock::now() - begin;
    if (left >= 0) wait.deadline = Deadline::after(std::chrono::milliseconds(left));
    return answer;
  }
  // The wait for one exchange with a server; 0 = the limit that always holds.
  Wait step(std::chrono::seconds limit = {}) const;
  void say(const std::string& text) const;     // a step of the work
  void notice(const std::string& text) const;  // something that the person should know
};

class Session {
 public:
  // Connects (through target.via first), checks the host key, logs in.
  static Result<std::unique_ptr<Session>> open(const SshTarget& target, Connecting& connecting);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  ssh_session raw() const { return raw_; }
  const std::string& describe() const { return describe_; }
  bool alive() const { return ssh_is_connected(raw_) != 0 && ssh_get_fd(raw_) >= 0; }

  // Waits until libssh may be able to go on. `closed` (may be null) ends it with Errc::disconnected.
  // Asks the server for a sign of life where nothing came for long; disconnected where none comes.
  Result<void> wait_for_traffic(const Wait& wait, const Waker* closed = nullptr);

  // Calls a non-blocking libssh function until it returns something else than `again`.
  template <class Operation>
  Result<int> drive(int again, const Wait& wait, Operation operation) {
    for (;;) {
      const int code = operation();
      if (code != again) return code;
      LIBRE_CHECK(wait_for_traffic(wait));
    }
  }

  // What to wait for with poll(2): POLLOUT too where libssh holds bytes back.
  short poll_events() const;

  // Takes in what came, sends what can be sent, keeps alive; never blocks.
  Result<void> serve();
  // Whether something came since then, or the end.
  bool has_heard() const { return traffic_.in_bytes != served_bytes_ || !alive(); }

  // Asks for a sign of life where none came for a while; serve() fails where none comes soon.
  Result<void> check_alive();

  // Of the exchanges that open channels, the shortest one so far. A server that is busy makes all of them longer.
  std::optional<std::chrono::nanoseconds> round_trip() const { return round_trip_; }
  void note_exchange(std::chrono::nanoseconds exchange) {
    round_trip_ = std::min(exchange, round_trip_.value_or(exchange));
  }

  // Sends what libssh still holds back.
  Result<void> flush(const Wait& wait, const Waker* closed = nullptr);

  // The error for a session that has just failed: `message`, and libssh's words as the cause.
  Error failure(std::string message) const;

 private:
  explicit Session(ssh_session raw, const SshTarget& target);
  Result<void> configure(const SshTarget& target, const std::vector<std::string>& key_types);
  Result<void> handshake(Fd socket, const Wait& wait);
  Result<HostKey> server_key() const;
  int until_sign_of_life();
  Result<void> ask_for_sign_of_life();  // unless one came since the last time
  void send_question();

  ssh_session raw_;
  std::string describe_;
  std::unique_ptr<Route> route_;
  ssh_counter_struct traffic_{};
  std::uint64_t heard_bytes_ = 0;
  std::chrono::seconds alive_interval_;
  int alive_count_, unanswered_ = 0;
  Deadline next_sign_ = Deadline::never();
  std::uint64_t served_bytes_ = 0;
  Deadline fresh_until_ = Deadline::never();  // what came last is a sign of life until then
  Deadline answer_due_ = Deadline::never();
  std::optional<std::chrono::nanoseconds> round_trip_{};
};

// Made by route.cpp: a socket to the target through another machine, or through a command.
struct RoutedSocket {
  Fd socket;
  std::unique_ptr<Route> route;
};
Result<RoutedSocket> open_route(const SshTarget& target, Connecting& connecting);

// Logs in. `secrets_allowed` is false where the host key is not trusted.
Result<void> authenticate(Session& session, const SshTarget& target, Connecting& connecting,
                          bool secrets_allowed);

}  // namespace libre::transport
