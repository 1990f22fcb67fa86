// The two ends of one stream: a client's socket and a channel, and what was read from one and not yet
// taken by the other. Bounded in both directions: where one side does not read, the other is not read
// either. Nothing here blocks.
#pragma once
#include <memory>
#include <string>

#include "base/fd.hpp"
#include "master/backlog.hpp"
#include "transport/multiplexer.hpp"

namespace libre::master {

class Splice {
 public:
  // `early` was read from the channel before; it goes to the client first. With `framed` the client's
  // side speaks command_frames.hpp.
  Splice(Fd client, std::unique_ptr<transport::Channel> channel, std::string early, bool framed);

  int client_fd() const { return client_.get(); }
  short client_events() const;  // what to wait for on it
  bool client_matters()
      const;  // false: it has left and nothing can be read from it now, so poll it not
  void client_is(short revents);  // as poll(2) said it

  // Moves one piece in each direction. `may_send` is false while the session has enough to send. True where
  // there is more to move at once.
  bool move(bool may_send);

  bool brought() const { return brought_; }  // the last move() has read something from the channel
  bool has_sent() const { return has_sent_; }  // the channel has taken something of the client

  // Both sides are done with each other, or one of them failed. Nothing is left to do but to destroy it.
  bool finished() const;

 private:
  void receive();           // client → up_
  ssize_t receive_plain();  // both as recv(2)
  ssize_t receive_frames();
  bool send_up();  // up_ → channel
  void fetch();    // channel → down_
  void deliver();  // down_ → client
  void unframe();
  void add_down(std::string_view bytes);
  void end_down();

  Fd client_;
  std::unique_ptr<transport::Channel> channel_;
  bool framed_;
  std::string frames_;  // of the client, not complete yet
  Backlog up_;
  std::size_t room_up_ = 16 * 1024;  // for what comes from the client; more for one that sends much
  std::string down_;
  bool client_readable_ = true, client_writable_ = true;
  bool client_ended_ = false;   // it will send no more
  bool client_gone_ = false;    // and reads no more
  bool channel_told_ = false;   // that the client has ended
  bool channel_ended_ = false;  // it will send no more
  bool client_told_ = false;    // that the channel has ended: it is the last thing in down_
  bool shut_ = false;           // the socket says so, too
  bool broken_ = false;
  bool has_sent_ = false, brought_ = false;
};

}  // namespace libre::master
