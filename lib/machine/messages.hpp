// What travels between RemoteMachine and serve_machine.
#pragma once
#include "base/json.hpp"
#include "machine/machine.hpp"

namespace libre::machine {

struct LookRequest {};
struct AuthorizeRequest {
  std::string line{};
};

}  // namespace libre::machine
