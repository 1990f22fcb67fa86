#include "bootstrap/platform.hpp"

#include <sys/utsname.h>

#include "base/text.hpp"

namespace libre::bootstrap {

Result<std::string> platform_of(std::string_view system, std::string_view machine) {
  if (system == "Linux" && (machine == "x86_64" || machine == "amd64"))
    return std::string("linux-x86_64");
  if (system == "Linux" && (machine == "aarch64" || machine == "arm64"))
    return std::string("linux-aarch64");
  const std::string found = trim(system).empty() ? "a system that does not say what it is"
                                                 : printable(system) + " on " + printable(machine);
  return Error{Errc::unsupported, "there is no agent for this kind of machine", "it is " + found,
               "supported is Linux on x86_64 and aarch64"};
}

std::string own_platform() {
  utsname name{};
  if (::uname(&name) != 0) return {};
  const auto platform = platform_of(name.sysname, name.machine);
  return platform ? *platform : std::string();
}

}  // namespace libre::bootstrap
