// Ports: a TCP port on this machine that leads to one on an instance, or the other way round.
//
//   libre::ForwardRequest request{.specs = {*libre::parse_forward("8888:localhost:80", false)}};
//   auto forward = libre::Forward::open(instance, options, request);
//   // now http://localhost:8888 answers
//   forward->run();                      // until options.stop
//
// A forward outlives its connection: the port stays open, and who connects while the instance cannot be
// reached waits until it can. Connections that were open when it broke are closed. start_forward() leaves
// one to a process in the background.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <libre/client.hpp>

namespace libre {

struct ForwardSpec {
  bool reverse = false;  // listens on the instance and leads here; else it listens here
  std::string bind{};    // the address to listen on; "" = only the loopback ones, "*" = all
  int port = 0;          // where it listens; 0 = any that is free
  bool exact = false;  // no other port will do where it is in use; else the next free one is taken
  std::string host = "localhost";  // where connections lead, as the far side sees it
  int host_port = 0;
};

// "6006", "8888:80", "db:5432", "8888:localhost:80", "0.0.0.0:8888:localhost:80"; IPv6 addresses in
// brackets. One that names both ports is exact. Errc::usage says what is wrong with it.
Result<ForwardSpec> parse_forward(std::string_view text, bool reverse);

std::string describe(const ForwardSpec& spec);  // "localhost:8888 -> db:80"; of one side each

struct ForwardRequest {
  std::vector<ForwardSpec> specs{};
  std::uint64_t job = 0;    // it ends when this job of the instance has ended; 0 = by itself never
  std::string kind{};       // of that job
  bool background = false;  // nobody watches: what no new connection mends is tried again, too
};

// A forward that some process of this user holds.
struct ForwardInfo {
  std::int64_t id = 0;  // counts from 1; free again when it has ended
  std::string instance{};
  std::vector<ForwardSpec> lines{};  // with the ports that they got
  std::uint64_t job = 0;
  std::string kind{};
  double since = 0;               // Unix time
  bool background = false;        // held by start_forward's process
  bool connected = true;          // the instance is reached just now
  std::string problem{};          // what went wrong last, "" = nothing
  std::int64_t pid = 0;           // who holds it …
  std::uint64_t start_ticks = 0;  // … and since when, as the kernel counts
  std::string boot_id{};
};

class Forward {
 public:
  // Listens and connects. Errors: those of Instance::connect; exists where a port is in use and none
  // other will do. From here on connections are served, in a thread of its own.
  static Result<Forward> open(const InstanceConfig& config, const ConnectOptions& options,
                              ForwardRequest request);
  Forward(Forward&&) noexcept;
  Forward& operator=(Forward&&) noexcept;
  ~Forward();  // closes the ports and all connections

  const ForwardInfo& info() const;

  // Opens the connection to the instance again whenever it breaks. Returns at a Stop, and when
  // ForwardRequest::job has ended (true). An error is one that no new attempt will mend; in the
  // background even that is tried again, once a minute.
  Result<bool> run();

  struct State;

 private:
  explicit Forward(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The same in a process of its own, which needs neither terminal nor the caller. Questions of the login are
// asked before it begins, by `options.prompter`; it can ask none itself.
Result<ForwardInfo> start_forward(const InstanceConfig& config, const ConnectOptions& options,
                                  const ForwardRequest& request);

// All forwards of this user and home directory, by id.
Result<std::vector<ForwardInfo>> list_forwards();

// Ends those that `which` names: an id, a port that one listens on, or "all". Returns them when they have
// gone; Errc::not_found where there is none.
Result<std::vector<ForwardInfo>> stop_forwards(std::string_view which);

}  // namespace libre
