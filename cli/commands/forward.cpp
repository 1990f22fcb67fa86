// re forward: ports that lead to the instance, and from there to here.
#include <fmt/format.h>

#include <libre/forward.hpp>
#include <libre/text.hpp>

#include "cli/commands/commands.hpp"
#include "cli/commands/forward_table.hpp"
#include "cli/context.hpp"
#include "cli/ui/json.hpp"

namespace cli {
namespace {

using libre::Errc;
using libre::Error;
using libre::ForwardInfo;
using libre::Result;

struct ForwardOptions {
  std::vector<std::string> words{};
  bool reverse = false, list = false, stop = false, background = false;
};

Result<int> show(Context& context, const std::string& name, const std::vector<ForwardInfo>& all) {
  if (context.globals.json) {
    LIBRE_CHECK(context.screen.out(json_document({{name, json_array(all)}})));
    return 0;
  }
  if (name == "stopped") {
    for (const auto& info : all)
      context.screen.talk(fmt::format("ended forward {} to {}", info.id, info.instance));
    if (all.empty()) context.screen.talk("there is no forward");
    return 0;
  }
  if (all.empty()) {
    context.screen.talk("there is no forward");
    return 0;
  }
  LIBRE_CHECK(context.screen.out(forward_table(all).render(context.screen.width())));
  return 0;
}

Result<int> list_or_stop(Context& context, const ForwardOptions& args) {
  if (args.list && (args.stop || !args.words.empty()))
    return Error{Errc::usage, "--list takes nothing else", {}, "re forward --list"};
  if (args.list) {
    LIBRE_TRY(const auto all, libre::list_forwards());
    return show(context, "forwards", all);
  }
  if (args.words.size() > 1)
    return Error{Errc::usage, "--stop takes one id, one port, or all", {}, "re forward --stop all"};
  const std::string which = args.words.empty() ? "all" : args.words.front();
  LIBRE_TRY(const auto stopped, libre::stop_forwards(which));
  return show(context, "stopped", stopped);
}

void tell_begin(Context& context, const std::vector<libre::ForwardSpec>& wanted,
                const ForwardInfo& info) {
  if (context.globals.json) return;
  for (std::size_t i = 0; i < info.lines.size(); ++i) {
    const auto& line = info.lines[i];
    const std::string there = line.reverse ? info.instance : "here";
    if (wanted[i].port != 0 && line.port != wanted[i].port)
      context.screen.notice(fmt::format("{} is in use {}; listening on {}", wanted[i].port,
                                        line.reverse ? "on " + info.instance : there, line.port));
    context.screen.talk(forward_line(line, info.instance));
  }
}

Result<int> run_forward(Context& context, const ForwardOptions& args) {
  if (args.list || args.stop) return list_or_stop(context, args);
  if (args.words.empty())
    return Error{
        Errc::usage,
        "there is no port to forward",
        {},
        "re forward 6006, or re forward 8888:localhost:80; re forward --list shows what there is"};
  libre::ForwardRequest request;
  for (const auto& word : args.words) {
    LIBRE_TRY(request.specs.emplace_back(), libre::parse_forward(word, args.reverse));
  }
  const auto project = context.project_if_any();
  LIBRE_TRY(const auto config, context.instance(project ? &*project : nullptr));
  if (args.background) {
    LIBRE_TRY(const auto info, libre::start_forward(config, context.connect_options(), request));
    tell_begin(context, request.specs, info);
    context.screen.talk(
        fmt::format("forward {} goes on; end it with: re forward --stop {}", info.id, info.id));
    if (context.globals.json)
      LIBRE_CHECK(context.screen.out(json_document({{"forward", libre::to_json(info)}})));
    return 0;
  }
  LIBRE_TRY(auto forward, libre::Forward::open(config, context.connect_options(), request));
  tell_begin(context, request.specs, forward.info());
  if (context.globals.json)
    LIBRE_CHECK(context.screen.out(json_document({{"forward", libre::to_json(forward.info())}})));
  LIBRE_CHECK(forward.run());
  context.screen.talk("stopped forwarding");
  return 0;
}

}  // namespace

std::string forward_line(const libre::ForwardSpec& line, const std::string& instance) {
  const auto arrow = libre::describe(line);
  const auto cut = arrow.find(" -> ");
  const auto from = arrow.substr(0, cut), to = arrow.substr(cut + 4);
  return line.reverse ? fmt::format("{} on {} -> {} here", from, instance, to)
                      : fmt::format("{} -> {} on {}", from, to, instance);
}

Table forward_table(const std::vector<ForwardInfo>& forwards) {
  Table table({{"ID", true},
               {"Instance", false, true},
               {"Forward", false, true},
               {"For"},
               {"State", false, true},
               {"Since"},
               {"PID", true}});
  for (const auto& info : forwards) {
    const std::string purpose = info.job > 0 ? fmt::format("{}, job {}", info.kind, info.job) : "";
    std::string state = info.connected ? "open" : "waiting for the instance";
    if (!info.problem.empty()) state += ": " + info.problem;
    bool first = true;
    for (const auto& line : info.lines) {
      if (first)
        table.add({std::to_string(info.id), info.instance, forward_line(line, info.instance),
                   purpose, state, libre::local_time(info.since), std::to_string(info.pid)});
      else
        table.add({"", "", forward_line(line, info.instance), "", "", "", ""});
      first = false;
    }
  }
  return table;
}

void add_forward(Parser& parser) {
  const auto args = std::make_shared<ForwardOptions>();
  parser.add("forward", "Let a port here lead to one on the instance")
      .words(args->words, "[[BIND:]PORT:]HOST:PORT | PORT …",
             "as in ssh -L; one number is that port on both sides, as the instance's localhost")
      .completes({"FORWARD"}, "--stop")
      .flag("--reverse", args->reverse, "a port there leads to one here")
      .flag("--run-async", args->background, "leave it to a process in the background")
      .flag("-l,--list", args->list, "what is forwarded, by any command of yours")
      .flag("--stop", args->stop, "end the one with this id or port, or all")
      .about(
          "Stays until Ctrl-C. The port stays open when the connection breaks, and what connects "
          "to it\n"
          "meanwhile waits until the instance is reached again. A port that is in use here makes "
          "way for\n"
          "the next free one, unless both ports were given.")
      .example("re forward 6006", "http://localhost:6006 is the instance's port 6006")
      .example("re forward 8888:localhost:80 db:5432",
               "two at once, the second through the instance")
      .example("re forward --reverse 5000", "programs there reach port 5000 of this machine")
      .example("re forward 6006 --run-async", "leave it; then: re forward --stop 6006")
      .runs([args](Context& context) { return run_forward(context, *args); });
}

}  // namespace cli
