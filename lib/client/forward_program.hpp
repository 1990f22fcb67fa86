// What libre-forward does, and what the one who starts it says.
#pragma once
#include <libre/forward.hpp>

#include "base/fd.hpp"

namespace libre::client {

// Over the socket that is the program's stdin, as messages (wire/message.hpp).
struct StartForward {
  std::string version{};
  InstanceConfig
      config{};  // with its password, if it has one: this socket is the only way that it travels
  ForwardRequest request{};
  std::int64_t timeout_ms = 0;
};
struct ForwardStarted {
  std::string error{};  // an Error as JSON; "" = it listens
  ForwardInfo info{};
};

// Opens the forward, says so, and holds it until `stop` or the end of its job. False where it never began.
bool run_forward(Fd starter, Stop& stop);

}  // namespace libre::client
