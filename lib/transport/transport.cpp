#include "transport/transport.hpp"

namespace libre::transport {

Result<std::unique_ptr<Stream>> Transport::open_tcp(const std::string& /*host*/, int /*port*/,
                                                    const Wait& /*wait*/) {
  return Error{Errc::unsupported, describe() + " makes no TCP connections for us"};
}

Result<std::unique_ptr<InteractiveStream>> Transport::execute_interactively(
    const std::string& /*command*/, const std::optional<Terminal>& /*terminal*/,
    const Wait& /*wait*/) {
  return Error{Errc::unsupported, describe() + " has no shell for a person"};
}

}  // namespace libre::transport
