// The master's loop: one thread that serves many clients over one connection to a machine, and never
// blocks in one of them. It only copies bytes; what they mean is between the client and the agent.
//
// It answers on a unix socket. What a client asks first is a Request (messages.hpp); its Reply is followed
// by the stream itself.
#pragma once
#include <chrono>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/wait.hpp"
#include "master/messages.hpp"
#include "master/place.hpp"
#include "master/spares.hpp"
#include "master/splice.hpp"
#include "transport/multiplexer.hpp"

namespace libre::master {

struct ServerOptions {
  std::filesystem::path socket{};
  std::string instance{};      // "user@host", for Status
  std::string agent_socket{};  // to open spare streams to at once; "" = when somebody asks
  std::chrono::milliseconds idle_limit = std::chrono::minutes(10);
};

class Server {
 public:
  // Listens at once. `connection` is borrowed.
  static Result<std::unique_ptr<Server>> open(transport::Multiplexer& connection,
                                              ServerOptions options);
  ~Server();  // ends all streams, removes the socket where it is still ours

  // Serves until there was no stream for the idle limit, somebody said `stop`, or (an error) the connection
  // has ended. After a client of another version came it listens no more and leaves when its
  // streams have ended.
  Result<void> run();

 private:
  // One who connected: it asks, its stream opens, bytes are copied.
  struct Client {
    Fd fd;
    std::string asked{};  // the part of a request that has come
    Spares::Stream opening{};
    bool framed = false, tcp = false;
    std::uint64_t number = 0;        // of a connection: who came first is let in first
    std::optional<Request> waits{};  // a connection that has not been asked for yet: see crowded()
    std::chrono::steady_clock::time_point brought{};  // the last time that bytes came from there
    std::unique_ptr<Splice> splice{};
    std::string
        used_spare{};  // its path: to be replaced when the first request goes over the stream
    bool done = false;
    bool is_opening() const { return opening.channel || waits; }
    bool has_stream() const { return is_opening() || splice; }
  };

  Server(transport::Multiplexer& connection, ServerOptions options);
  void hurry_server();
  Result<void> wait();
  Result<void> serve_connection();
  void accept_all();
  void listen_to(Client& client);
  void carry_out(Client& client, const Request& request);
  Result<void> open_stream(Client& client, const Request& request);
  void begin_stream(Client& client, const Request& request);
  void admit_waiting();
  bool crowded() const;
  void go_on_opening(Client& client);
  bool move_all();
  void forget_finished();
  void reply(Client& client, const Reply& answer);
  void retire();
  Status status() const;
  std::size_t streams() const;
  bool is_ours() const;

  transport::Multiplexer& connection_;
  ServerOptions options_;
  Fd listening_;
  std::uint64_t inode_ = 0;
  Spares spares_;
  std::list<Client> clients_;
  std::unique_ptr<transport::Channel> hurry_;  // see hurry_server()
  // Their clients have left while they were opening; closed once they are open (multiplexer.hpp).
  std::list<std::unique_ptr<transport::Channel>> abandoned_;
  UnixTime since_;
  std::chrono::steady_clock::time_point idle_since_;
  std::chrono::steady_clock::time_point served_{};  // the connection had its turn
  std::uint64_t arrivals_ = 0;
  std::size_t busy_ = 0;                              // see crowded()
  std::chrono::steady_clock::time_point admitted_{};  // the last connection was asked for
  bool hungry_ = false;                               // something can be moved without waiting
  bool stopped_ = false;
};

}  // namespace libre::master
