// The way to one instance: its transport, what is known of its agent, and fresh connections to it.
//
// The way to a machine leads through its master (lib/master), which other commands share; or, where
// there is to be none or a server grants too little over it, over an SSH connection of our own.
//
// Connections break; a Link mends: repeat() logs in again, and again with pauses, for as long as
// ConnectOptions allows.
#pragma once
#include <memory>

#include <libre/client.hpp>

#include "bootstrap/bundle.hpp"
#include "bootstrap/facts.hpp"
#include "client/facts_store.hpp"
#include "client/mirror_place.hpp"
#include "client/reconnect.hpp"
#include "client/stop.hpp"
#include "rpc/connection.hpp"
#include "transport/transport.hpp"

namespace libre::client {

// An agent that does not answer a small question for this long is as good as gone.
inline constexpr auto answer_limit = std::chrono::seconds(30);

// The agent to begin with: this machine's own, the one that fitted the last time, or the usual one.
Result<bootstrap::Bundle> bundle_to_try(const std::string& known_platform, bool local);

class Link {
 public:
  // Fails at once where the machine cannot be reached: only what worked before is healed. With `shared` the
  // way must lead through a master, even where none is to be kept for others (it then leaves soon).
  static Result<std::unique_ptr<Link>> open(const InstanceConfig& instance,
                                            const ConnectOptions& options, bool shared = false);

  const InstanceConfig& instance() const { return instance_; }
  const ConnectOptions& options() const { return options_; }
  const bootstrap::Facts& facts() const { return facts_; }
  // The project runs where it lies: nothing is to be copied.
  bool is_in_place(const Project& project) const {
    return client::is_in_place(project, instance_, facts_.home);
  }

  // A connection of its own to the agent.
  Result<rpc::Connection> connect();

  // The connection that short requests share; opened where there is none.
  Result<rpc::Connection*> shared();

  // The way to the machine itself; opened where there is none. Errc::usage for the local instance.
  Result<transport::Transport*> transport();

  // Forgets transport and shared connection: the next call logs in again.
  void drop();

  // Until `limit` from now, or until the caller's Stop.
  Wait wait(std::chrono::milliseconds limit) const;
  Wait wait_forever() const { return {Deadline::never(), &stop().stop_waker()}; }
  // For a thread that also has work to do when nudged.
  Wait wait_nudged(Deadline deadline) const { return {deadline, &stop().work_waker()}; }
  Stop::State& stop() const { return (options_.stop ? *options_.stop : own_stop_).state(); }

  // How long a broken connection is opened again: for a short question, and for what goes on where it
  // was (unset: as long as it takes).
  using Patience = std::optional<std::chrono::milliseconds>;
  Patience question_patience() const { return options_.give_up.value_or(options_.timeout); }
  Patience stream_patience() const { return options_.give_up; }

  // Runs `work(connection)`; where the connection breaks, waits, connects anew and runs it again. So
  // `work` must be safe to repeat.
  template <class Work>
  auto repeat(Work&& work) -> decltype(work(std::declval<rpc::Connection&>())) {
    return repeat(question_patience(), std::forward<Work>(work));
  }
  template <class Work>
  auto repeat(Patience patience, Work&& work) -> decltype(work(std::declval<rpc::Connection&>()));

 private:
  Link(const InstanceConfig& instance, const ConnectOptions& options, FactsStore store, bool shared)
      : instance_(instance),
        options_(options),
        store_(std::move(store)),
        must_share_(shared && !instance.local) {}
  Result<std::unique_ptr<Stream>> reach();
  Result<rpc::Connection> connect_once();
  Result<std::unique_ptr<transport::Transport>> open_transport(const Wait& wait);

  InstanceConfig instance_;
  ConnectOptions options_;
  Stop own_stop_;  // where the caller gave none
  FactsStore store_;
  bool must_share_;
  bootstrap::Facts facts_;
  std::unique_ptr<transport::Transport> transport_;
  bool through_master_ = false;              // transport_ is shared with others
  bool alone_ = false;                       // the master cannot give us what we need
  std::unique_ptr<rpc::Connection> shared_;  // may outlive the transport_ that it came by
};

template <class Work>
auto Link::repeat(Patience patience, Work&& work)
    -> decltype(work(std::declval<rpc::Connection&>())) {
  Reconnect reconnect(patience, options_.observer);
  for (;;) {
    auto connection = shared();
    Error failure;
    if (connection) {
      const auto begin = Backoff::Clock::now();
      auto result = work(**connection);
      if (result || !may_heal(result.error().code)) return result;
      failure = result.error();
      if (!(*connection)->peer_version().empty())
        reconnect.was_open_for(Backoff::Clock::now() - begin);
    } else {
      failure = connection.error();
    }
    drop();
    LIBRE_CHECK(reconnect.pause(failure, stop().stop_waker()));
  }
}

}  // namespace libre::client
