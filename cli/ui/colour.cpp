#include "cli/ui/colour.hpp"

namespace cli {

bool wants_colour(std::string_view mode, bool terminal, const Variable& variable) {
  if (mode == "always") return true;
  if (mode == "never" || !variable("NO_COLOR").empty()) return false;
  const auto force = variable("CLICOLOR_FORCE");
  if (!force.empty() && force != "0") return true;
  return terminal && variable("TERM") != "dumb";
}

std::string coloured(std::string_view text, Colour colour, bool on) {
  if (!on) return std::string(text);
  const char* code = "0";
  switch (colour) {
    case Colour::red:
      code = "31";
      break;
    case Colour::green:
      code = "32";
      break;
    case Colour::yellow:
      code = "33";
      break;
    case Colour::bold:
      code = "1";
      break;
    case Colour::dim:
      code = "2";
      break;
  }
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

}  // namespace cli
