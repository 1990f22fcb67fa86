// The laptop's side: listening ports, and each connection to one of them on its way to the machine. A thread
// of its own serves them all, and never waits for one of them.
//
// It knows nothing of logging in. Somebody else says which Way leads to the machine, and says so again when
// this one is told not to work any more; connections that come meanwhile wait.
#pragma once
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <libre/forward.hpp>

#include "forward/address.hpp"
#include "forward/loop.hpp"
#include "forward/opening.hpp"

namespace libre::forward {

// How a stream to a machine is begun.
struct Way {
  std::string master{};  // the socket of its master; "" = this machine itself
  std::string agent{};   // the socket of its agent, there; "" = the server forbids to go to it …
  std::string bridge{};  // … and then a command line whose stdin and stdout lead to it …
  std::string marker{};  // … after a line that begins so (Step); "" = there is none
};

class Forwarder {
 public:
  // Listens for those that are not reverse, and puts the ports that they got into `specs`. Looks up names
  // that lead somewhere from here. `news` is called by the thread when lost() or notices() tell something.
  static Result<std::unique_ptr<Forwarder>> start(std::vector<ForwardSpec>& specs, bool local,
                                                  std::function<void()> news);
  ~Forwarder();  // closes everything

  void use(Way way);  // any thread
  void arrived(std::size_t line,
               std::uint64_t connection);  // any thread: a reverse one, to be fetched
  bool lost() const;                       // any thread: the last Way does not work
  std::vector<Error>
  notices();  // any thread: why connections were not made, each reason once in a row

 private:
  friend class Journey;
  struct Line {
    ForwardSpec spec;
    std::vector<Address> here{};  // where it leads, if that is on this side
    bool by_agent = false;        // the server forbids TCP forwards, so the agent connects
  };
  struct Current {
    Way way;
    std::uint64_t number = 0;  // of the ways so far; 0 = there was none yet
    bool lost = true;
  };
  explicit Forwarder(std::function<void()> news) : news_(std::move(news)) {}
  Result<void> listen(std::vector<ForwardSpec>& specs, bool local);
  Current current() const;
  void lose(std::uint64_t number);
  void tell(const Error& error);

  std::function<void()> news_;
  std::unique_ptr<Loop> loop_;
  std::vector<std::unique_ptr<Line>> lines_;
  mutable std::mutex mutex_;
  Current current_;             // under mutex_
  std::vector<Error> notices_;  // under mutex_
  std::string last_notice_;     // under mutex_
  std::thread thread_;
};

}  // namespace libre::forward
