// Names of machines, looked up on this one. Blocks for as long as the resolver does.
#pragma once
#include "forward/address.hpp"

namespace libre::forward {

Result<std::vector<Address>> resolve(const std::string& host, int port);

}  // namespace libre::forward
