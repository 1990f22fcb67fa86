#include "master/start.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "base/files.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "master/master_transport.hpp"
#include "master/message_io.hpp"

namespace libre::master {
namespace fs = std::filesystem;
namespace {

constexpr auto lock_pause = std::chrono::milliseconds(10);
// A master that does not answer a greeting for so long hangs, or is stopped.
constexpr auto greeting_limit = std::chrono::seconds(3);
// The master notices the end of its time by itself and says where it was; this is for one that does not.
constexpr auto grace = std::chrono::seconds(3);

// A step of a login that takes longer is told to whoever watches, as often as that.
constexpr auto noticeable = std::chrono::seconds(2);
constexpr auto tick = std::chrono::milliseconds(100);

// A connection to a master that has answered; the first stream goes over it.
Result<std::unique_ptr<FdStream>> greet(const Place& place, const Wait& wait) {
  const Wait soon{wait.deadline.or_earlier(Deadline::after(greeting_limit)), wait.waker};
  LIBRE_TRY(auto stream, connect_unix(place.socket().string(), soon));
  LIBRE_CHECK(send(*stream, Request{}, soon));
  LIBRE_TRY(const auto reply, receive<Reply>(*stream, soon));
  if (!reply.error.empty()) return error_from_json(reply.error);
  return stream;
}

// Passes on what the master says while it logs in, and answers its questions.
class Relay {
 public:
  Relay(FdStream& master, const transport::ConnectHooks& hooks, const Wait& wait)
      : master_(master), hooks_(hooks), wait_(wait) {}

  Result<void> until_ready() {
    for (;;) {
      show_step();
      auto note = receive<Note>(master_, wait_);
      if (!note && note.error().code == Errc::disconnected)
        return Error{Errc::internal, "the program for shared connections ended at its start"};
      if (!note) return std::move(note).error();
      if (note->topic == Topic::ready) return {};
      if (note->topic == Topic::failed) return error_from_json(note->text);
      LIBRE_CHECK(pass_on(*note));
    }
  }

 private:
  // Until the next note comes, or the time is over: that is seen by whoever reads then. What was shown ends
  // here, since who is connected again after a break, or goes on to a shell, has nothing to say over it.
  void show_step() const {
    if (!hooks_.observer) return;
    Deadline next = Deadline::after(noticeable);
    bool shown = false;
    for (;;) {
      const auto came =
          wait_for(master_.read_fd(), POLLIN, {wait_.deadline.or_earlier(next), wait_.waker});
      if (came || came.error().code != Errc::timed_out || wait_.deadline.passed()) break;
      hooks_.observer->progress(
          {.what = step_, .seconds_before = std::chrono::duration<double>(noticeable).count()});
      shown = true;
      next = Deadline::after(tick);
    }
    if (shown) hooks_.observer->progress({.what = step_, .over = true});
  }

  Result<void> pass_on(const Note& note) {
    if (note.topic == Topic::status) step_ = note.text;
    if (note.topic == Topic::status || note.topic == Topic::notice) {
      hooks_.log.info(note.text);
      if (!hooks_.observer) return {};
      if (note.topic == Topic::status)
        hooks_.observer->status(note.text);
      else
        hooks_.observer->notice(note.text);
      return {};
    }
    if (!hooks_.prompter) return Error{Errc::protocol, "a question came that nobody can answer"};
    // A person may take their time.
    const int left = wait_.deadline.poll_timeout();
    const Answer answer = ask(note);
    if (left >= 0) wait_.deadline = Deadline::after(std::chrono::milliseconds(left));
    return send(master_, answer, wait_);
  }

  Answer ask(const Note& note) {
    Answer answer;
    Error problem;
    if (note.topic == Topic::confirm) {
      const auto yes = hooks_.prompter->confirm(note.text);
      if (!yes) return {.error = to_json(yes.error())};
      return {.yes = *yes};
    }
    const auto text = note.topic == Topic::secret ? hooks_.prompter->secret(note.text)
                                                  : hooks_.prompter->line(note.text);
    if (!text) return {.error = to_json(text.error())};
    return {.text = *text};
  }

  FdStream& master_;
  const transport::ConnectHooks& hooks_;
  Wait wait_;
  std::string step_ = "logging in";  // what the master does, in its own words
};

Wait with_grace(Wait wait) {
  const int left = wait.deadline.poll_timeout();
  if (left >= 0) wait.deadline = Deadline::after(std::chrono::milliseconds(left) + grace);
  return wait;
}

// Starts a master and returns when it serves. It gets no descriptor of ours but one socket, as its stdin.
Result<void> start(const ConnectOptions& options, const Place& place, const Wait& wait) {
  LIBRE_TRY(auto pair, make_socketpair());
  const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  LIBRE_TRY(const pid_t child, spawn({.argv = {options.program.string()},
                                      .directory = "/",
                                      .in = pair.second.get(),
                                      .out = null.get(),
                                      .err = null.get(),
                                      .new_session = true}));
  pair.second.reset();
  // The master itself is a child of this one, which ends at once: so it is nobody's zombie.
  LIBRE_TRY(const auto exit, wait_exit(child, wait));
  if (!exit.ok()) return Error{Errc::internal, "cannot start the program for shared connections"};
  FdStream master(std::move(pair.first));
  StartRequest request;
  request.target = options.target;
  request.directory = place.directory.string();
  const int left = wait.deadline.poll_timeout();
  request.timeout_ms = left >= 0 ? left : std::chrono::milliseconds(std::chrono::hours(1)).count();
  request.idle_limit_ms = options.idle_limit.count();
  request.agent_socket = options.agent_socket;
  request.may_ask = options.hooks.prompter != nullptr;
  LIBRE_CHECK(send(master, request, wait));
  return Relay(master, options.hooks, with_grace(wait)).until_ready();
}

// Whether `reason` says that there is no master with which anything could be done.
bool is_nobody(const Error& reason) {
  return reason.code == Errc::not_found || reason.code == Errc::refused ||
         reason.code == Errc::disconnected || reason.code == Errc::version ||
         reason.code == Errc::timed_out || reason.code == Errc::io;
}

Error lock_problem(const Error& reason, const transport::SshTarget& target) {
  if (reason.code != Errc::timed_out) return reason;
  return Error{Errc::timed_out, target.describe() + " does not answer",
               "another command is still logging in to it"};
}

}  // namespace

Result<fs::path> find_program(const Environment& env, const std::string& name) {
  std::vector<fs::path> candidates;
  if (const auto chosen = env("LIBRE_MASTER"); chosen && name == "libre-master") {
    candidates.emplace_back(*chosen);
  } else {
    if (const auto own = own_executable())
      candidates.push_back((own->parent_path() / "../libexec/libre").lexically_normal());
    // A program of somebody else that links libre does not stand beside it.
    candidates.emplace_back(LIBRE_BUILD_LIBEXEC_DIR);
    candidates.emplace_back(LIBRE_INSTALL_LIBEXEC_DIR);
    for (auto& directory : candidates) directory /= name;
  }
  std::vector<std::string> looked;
  for (const auto& candidate : candidates) {
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    looked.push_back(candidate.string());
  }
  return Error{Errc::not_found, "cannot find " + name + ", a program of re",
               "there is no " + join(looked, ", no "), "install re again"};
}

Result<std::unique_ptr<transport::Transport>> connect_master(const ConnectOptions& options,
                                                             const Wait& wait) {
  LIBRE_TRY(const auto home, home_directory(process_environment()));
  const Place place = find_place(options.target, home, process_environment());
  LIBRE_CHECK(make_place(place));
  for (;;) {
    auto stream = greet(place, wait);
    if (stream) return make_master_transport(place, options.target.describe(), std::move(*stream));
    if (!is_nobody(stream.error())) return std::move(stream).error();
    const auto lock = lock_file(place.lock());
    if (!lock && lock.error().code != Errc::exists) return lock.error();
    if (lock) {
      // Whoever held the lock before may have started it.
      if (!greet(place, wait)) LIBRE_CHECK(start(options, place, wait));
      continue;
    }
    const auto paused =
        wait_for(-1, 0, {wait.deadline.or_earlier(Deadline::after(lock_pause)), wait.waker});
    if (!paused && (paused.error().code != Errc::timed_out || wait.deadline.passed()))
      return lock_problem(paused.error(), options.target);
  }
}

Result<std::unique_ptr<transport::Transport>> join_master(const transport::SshTarget& target,
                                                          const Wait& wait) {
  LIBRE_TRY(const auto home, home_directory(process_environment()));
  const Place place = find_place(target, home, process_environment());
  auto stream = greet(place, wait);
  if (!stream)
    return Error{Errc::unreachable, "no connection to " + target.describe() + " is open",
                 stream.error().message};
  return make_master_transport(place, target.describe(), std::move(*stream));
}

Result<Status> query_master(const Place& place, bool stop, const Wait& wait) {
  LIBRE_TRY(const auto stream, connect_unix(place.socket().string(), wait));
  LIBRE_TRY(auto reply, ask(*stream, {.verb = Verb::status}, wait));
  if (!reply.status) return Error{Errc::protocol, "the master does not say how it is"};
  if (stop) LIBRE_CHECK(ask(*stream, {.verb = Verb::stop}, wait));
  return std::move(*reply.status);
}

}  // namespace libre::master
