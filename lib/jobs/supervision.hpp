// The time from a command's start to the end of its tree: the supervisor's loop.
#pragma once
#include <sys/resource.h>

#include <deque>

#include "jobs/command_start.hpp"
#include "jobs/control_socket.hpp"
#include "jobs/job_log.hpp"
#include "jobs/stdin_feed.hpp"
#include "jobs/tree_killer.hpp"

namespace libre::jobs {

class Supervision {
 public:
  Supervision(std::filesystem::path folder, std::filesystem::path runtime_dir, Submitted job,
              RunState state, StartedCommand command, JobLog log, ControlServer control);
  // Returns when exit.json is written. CHLD and USR1 must be blocked.
  void run();

 private:
  void step();
  void read_signals();
  void reap();                     // sets tree_gone_ when no child of the job is left
  bool drain(Fd& fd, int stream);  // one piece; false when there is none now
  void drain_all();
  void serve(ControlCall call);
  void begin_kill(const ControlCall& call);
  pid_t foreground_group() const;  // of the job's terminal; the command's own without one
  ControlReply send_signal(const ControlRequest& request);
  ControlReply resize(const ControlRequest& request);
  ControlReply claim_input(const ControlRequest& request);
  void feed_waiting_input();
  void answer_stuck_kills();
  void finish();

  std::filesystem::path folder_, runtime_dir_;
  Submitted job_;
  RunState state_;
  StartedCommand command_;
  JobLog log_;
  ControlServer control_;
  StdinFeed input_;
  std::string input_owner_;  // the writer who claimed it last, "" = nobody
  TreeKiller killer_;
  Fd signals_;
  JobEnd end_;
  bool command_ended_ = false;
  bool tree_gone_ = false;
  std::vector<std::uint64_t> kill_waiters_;  // connections whose reply is the end of the tree
  std::deque<ControlCall> waiting_input_;    // pieces of stdin that did not fit yet
  std::string buffer_;
};

}  // namespace libre::jobs
