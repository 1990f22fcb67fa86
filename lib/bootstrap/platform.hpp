// Which kinds of machines we have an agent for. Pure.
#pragma once
#include <string>
#include <string_view>

#include <libre/result.hpp>

namespace libre::bootstrap {

// The name of a platform, as in the agent's file name ("linux-x86_64"), from what `uname -s` and
// `uname -m` say. Errc::unsupported names what is supported.
Result<std::string> platform_of(std::string_view system, std::string_view machine);

// The platform that this program itself was built for.
std::string own_platform();

}  // namespace libre::bootstrap
