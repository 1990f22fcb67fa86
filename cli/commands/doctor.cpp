// re doctor: what is wrong, and what to do.
#include <fmt/format.h>

#include <algorithm>

#include <libre/doctor.hpp>
#include <libre/text.hpp>

#include "cli/commands/commands.hpp"
#include "cli/context.hpp"
#include "cli/ui/json.hpp"

namespace cli {
namespace {

using libre::Errc;
using libre::Error;
using libre::Finding;
using libre::Health;
using libre::Result;

Colour colour_of(Health health) {
  return health == Health::ok     ? Colour::green
         : health == Health::warn ? Colour::yellow
                                  : Colour::red;
}

// Not a table: findings are sentences, and must not be cut.
std::string told(const Screen& screen, const std::string& where,
                 const std::vector<Finding>& findings) {
  std::string text = screen.paint(where, Colour::bold) + "\n";
  for (const auto& finding : findings) {
    text += fmt::format(
        "  {}  {:<13}  {}\n",
        screen.paint(fmt::format("{:<4}", name_of(finding.health)), colour_of(finding.health)),
        finding.about, libre::printable(finding.text));
    if (!finding.fix.empty() && finding.health != Health::ok)
      text += fmt::format("  {:<19}  try: {}\n", "", libre::printable(finding.fix));
  }
  return text;
}

Result<int> run_doctor(Context& context, const std::vector<std::string>& words) {
  if (words.size() > 1)
    return Error{Errc::usage, "re doctor looks at one instance at a time", {}, "re doctor gpu1"};
  if (!words.empty()) context.globals.instance = words.front();
  const bool there =
      !context.globals.instance.empty() || context.globals.instance_index.has_value();
  const auto here = libre::examine_here();
  std::vector<Finding> beyond;
  std::string name;
  if (there) {
    LIBRE_TRY(const auto instance, context.instance(nullptr));
    name = instance.name;
    if (!context.globals.json) context.screen.standing_line(fmt::format("looking at {} …", name));
    beyond = libre::examine(instance, context.connect_options());
    if (context.signals.stop().requested()) return Error{Errc::interrupted, "interrupted"};
  }
  if (context.globals.json)
    LIBRE_CHECK(context.screen.out(json_document({{"here", json_array(here)},
                                                  {"instance", json_string(name)},
                                                  {"there", json_array(beyond)}})));
  else
    LIBRE_CHECK(context.screen.out(told(context.screen, "this machine", here) +
                                   (there ? told(context.screen, name, beyond) : "")));
  const auto fails = [](const Finding& finding) { return finding.health == Health::fail; };
  return std::any_of(here.begin(), here.end(), fails) ||
                 std::any_of(beyond.begin(), beyond.end(), fails)
             ? 1
             : 0;
}

}  // namespace

void add_doctor(Parser& parser) {
  const auto words = std::make_shared<std::vector<std::string>>();
  parser.add("doctor", "Find what is wrong here, on the way to an instance, and there")
      .words(*words, "[INSTANCE]", "INSTANCE  a machine to log in to and look at as well")
      .completes({"INSTANCE"})
      .about(
          "Every finding is ok, warn or fail, with what to do. The exit code is 1 where one is "
          "fail.\n"
          "It changes nothing, but puts the agent there where it is missing, as every command "
          "does.")
      .example("re doctor", "this machine: configuration, keys, disk")
      .example("re doctor gpu1", "and that one: login, home, disk, clock, Python, GPU, sshd")
      .example("re doctor gpu1 --json", "for programs")
      .runs([words](Context& context) { return run_doctor(context, *words); });
}

}  // namespace cli
