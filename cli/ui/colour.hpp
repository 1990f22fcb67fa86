// When to colour, and how. Pure but for the look at the environment.
#pragma once
#include <functional>
#include <string>
#include <string_view>

namespace cli {

using Variable = std::function<std::string(const char*)>;  // "" where it is not set

// `mode` is auto, always or never. Auto: a terminal that is not dumb, unless NO_COLOR; CLICOLOR_FORCE
// colours files too.
bool wants_colour(std::string_view mode, bool terminal, const Variable& variable);

enum class Colour { red, green, yellow, bold, dim };
std::string coloured(std::string_view text, Colour colour, bool on);

}  // namespace cli
