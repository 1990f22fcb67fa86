// What a caller of the ssh transport may want to hear and be asked while it connects.
#pragma once
#include <libre/observer.hpp>

#include "base/log.hpp"

namespace libre::transport {

struct ConnectHooks {
  Observer* observer = nullptr;  // borrowed, may be null: steps, the server's banner, added keys
  Prompter* prompter = nullptr;  // borrowed; null refuses every question
  Log log = Log::nowhere();
};

}  // namespace libre::transport
