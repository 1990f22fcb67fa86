// What a caller of the ssh transport may want to hear and be asked while it connects.
#pragma once
#include <libre/observer.hpp>

#include "base/log.hpp"

namespace libre::transport {

// How long the steps of a login took, in seconds.
struct LoginTimes {
  double connect = 0;  // the name, the TCP connection, the machines on the way
  double keys = 0;     // the key exchange, and the judgement of the host key
  double login = 0;    // until the server took our word for who we are
};

struct ConnectHooks {
  Observer* observer = nullptr;  // borrowed, may be null: steps, the server's banner, added keys
  Prompter* prompter = nullptr;  // borrowed; null refuses every question
  Log log = Log::nowhere();
  LoginTimes* times = nullptr;  // borrowed; filled in where it is not null
};

}  // namespace libre::transport
