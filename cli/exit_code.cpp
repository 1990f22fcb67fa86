#include "cli/exit_code.hpp"

namespace cli {

int exit_code(const libre::Error& error) {
  using libre::Errc;
  switch (error.code) {
    case Errc::usage:
    case Errc::config:
      return 2;
    case Errc::timed_out:
      return 124;
    case Errc::interrupted:
      return 130;
    case Errc::dns:
    case Errc::refused:
    case Errc::unreachable:
    case Errc::auth:
    case Errc::host_key:
    case Errc::disconnected:
      return 255;
    default:
      return 1;
  }
}

}  // namespace cli
