// One file on its way into data/: fetched, compared with its digest, put in its place, unpacked. Each of these is
// a program that runs meanwhile; a Transfer says which is next, and looks at what came of the last.
#pragma once
#include <chrono>
#include <filesystem>

#include "base/process.hpp"
#include "deps/data/fetch.hpp"
#include "jobs/login_environment.hpp"

namespace libre::deps {

struct TransferTools {
  Fetcher fetcher{};
  jobs::Variables variables{};        // PATH: where tar, unzip and the like are
  std::filesystem::path directory{};  // data/
  bool unpack = false, force = false;
};

class Transfer {
 public:
  using Clock = std::chrono::steady_clock;
  // `tools` is borrowed.
  Transfer(DataFile file, const TransferTools& tools) : file_(std::move(file)), tools_(tools) {}

  const std::string& name() const { return file_.name; }
  bool ended() const { return phase_ == Phase::done || phase_ == Phase::failed; }
  bool failed() const { return phase_ == Phase::failed; }
  const std::string& outcome() const { return outcome_; }  // a line for the log, once it has ended
  pid_t pid() const { return pid_; }                       // what runs for it, 0 for nothing
  Clock::time_point due() const { return due_; }  // not before then: a pause after a failure

  // Starts what is next, if it is time; where nothing needs to run, goes on by itself.
  void step();
  // What ran for it has ended.
  void take(Exit exit);
  // A line of fetch_line(); "" where nothing is being fetched.
  std::string progress() const;

 private:
  enum class Phase { begin, check_old, fetch, check_new, place, unpack, settle, done, failed };
  std::filesystem::path path(std::string_view prefix, std::string_view suffix = {}) const;
  std::uint64_t part_size() const;
  void begin();
  void fetch();
  void fetched(Exit exit);
  void check(const std::filesystem::path& file);
  void checked(Exit exit);
  void place();
  void unpack();
  void settle();
  void start(std::vector<std::string> argv, const std::filesystem::path& out, Phase phase);
  void retry(const std::string& why, bool anew);
  void end(bool good, std::string outcome);
  std::string last_words() const;

  DataFile file_;
  const TransferTools& tools_;
  Phase phase_ = Phase::begin;
  std::string outcome_{}, fetched_{};
  pid_t pid_ = 0;
  Clock::time_point due_{};
  int failures_ = 0;            // since anything came
  Clock::time_point began_{};   // the running attempt
  std::uint64_t began_at_ = 0;  // size of the part then
  bool resumed_ = false;        // the part is of more than one attempt
};

}  // namespace libre::deps
