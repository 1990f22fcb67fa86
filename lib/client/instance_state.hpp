// What an Instance holds; shared by the files that implement it.
#pragma once
#include <libre/client.hpp>

#include "client/link.hpp"

namespace libre {

struct Instance::State {
  std::unique_ptr<client::Link> link;
};

}  // namespace libre
