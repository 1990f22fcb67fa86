// Why an install failed, from what its log says. Pure.
#pragma once
#include <string>
#include <string_view>

namespace libre::deps {

// The line that tells: the last one that pip, uv or conda marked as an error, else the last one at all.
std::string install_reason(std::string_view log);

}  // namespace libre::deps
