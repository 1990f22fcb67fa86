// Hand-made messages of another side that lies, and what it does to directories behind our back.
#pragma once
#include <atomic>
#include <limits>
#include <thread>

#include "rpc/connection.hpp"
#include "rpc/server.hpp"
#include "sync/core/bytes.hpp"
#include "workshop.hpp"

namespace workshop {

constexpr auto huge = std::numeric_limits<std::uint64_t>::max();

// An entry of a list of files as it travels; nothing in it is checked.
struct RawEntry {
  unsigned flags = 1;  // 1 file, 2 directory, 3 link; + 8 executable
  std::string path{};
  std::uint64_t size = 0;
  std::int64_t mtime_ns = 0;
  libre::Digest digest{};
  std::string target{};
  std::uint64_t shared = 0;  // bytes of the path before that this one begins with
};
std::string raw_tree(const std::vector<RawEntry>& entries);
// The same with a false number of entries.
std::string raw_tree(const std::vector<RawEntry>& entries, std::uint64_t count);

// A client that says what it likes to a real agent, which serves the bench's mirror.
class HostileClient {
 public:
  explicit HostileClient(const Bench& bench);
  ~HostileClient();
  // What the agent answers: the bodies of the events, or its error.
  libre::Result<std::string> ask(std::string_view method, const std::string& header,
                                 const std::string& body);
  libre::rpc::Connection& connection() { return *connection_; }

 private:
  std::unique_ptr<libre::Stream> stream_;
  std::thread server_;
  std::unique_ptr<libre::rpc::Connection> connection_;
};

// An agent that answers sync.list and sync.read, or whatever it is given, with bytes of the test's choice.
class HostileAgent {
 public:
  HostileAgent();
  ~HostileAgent();
  void answer(const std::string& method, std::string bytes);  // as one event
  // The body of the last request; read it when the answer is there.
  const std::string& asked(const std::string& method) const { return *asked_.at(method); }
  libre::sync::Endpoint& endpoint();  // from here on it serves

 private:
  std::unique_ptr<libre::Stream> stream_;
  libre::rpc::Service service_;
  std::map<std::string, std::shared_ptr<std::string>> asked_;
  std::thread server_;
  std::unique_ptr<libre::rpc::Connection> connection_;
  std::unique_ptr<libre::sync::Endpoint> endpoint_;
};

// While it lives, `directory` is by turns itself and a link to `elsewhere`, as often as can be.
class Flipper {
 public:
  Flipper(fs::path directory, const fs::path& elsewhere);
  ~Flipper();  // afterwards it is no link

 private:
  fs::path directory_, link_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace workshop
