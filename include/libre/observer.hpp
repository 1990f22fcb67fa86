// What a long operation tells, and asks, while it works. The library never prints or prompts by
// itself.
#pragma once
#include <cstdint>
#include <string>

#include <libre/result.hpp>

namespace libre {

// With nothing but `what`: it goes on, and nobody knows for how long.
struct Progress {
  std::string what{};       // "sending", "receiving", "waiting for Jupyter"
  std::uint64_t done = 0;   // bytes
  std::uint64_t total = 0;  // bytes; 0 = unknown
  std::uint64_t files_done = 0;
  std::uint64_t files_total = 0;
  std::string counted = "files";  // what files_done and files_total are numbers of
  double seconds_before = 0;      // that it had lasted when it was first told
  bool over = false;              // it has ended: whoever shows it takes it away
};

// A connection that broke and is opened again.
struct Outage {
  double seconds = 0;   // since it broke
  double next_try = 0;  // until the next attempt, in seconds; 0 = it is under way
  std::string why{};    // how the last attempt failed
  bool over = false;    // the connection is there again, or was given up
};

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void status(const std::string& /*text*/) {
  }  // one step of the work, worth a line with --verbose
  virtual void notice(const std::string& /*text*/) {}     // something the person should know
  virtual void progress(const Progress& /*progress*/) {}  // often; the receiver thins it out
  virtual void outage(const Outage& /*outage*/) {}        // each second while it lasts, then `over`
};

// Asks a person. The default refuses, which is what happens where stdin is no terminal.
class Prompter {
 public:
  virtual ~Prompter() = default;
  virtual Result<std::string> secret(const std::string& prompt);  // not echoed
  virtual Result<std::string> line(const std::string& prompt);    // echoed
  virtual Result<bool> confirm(const std::string& question);
};

}  // namespace libre
