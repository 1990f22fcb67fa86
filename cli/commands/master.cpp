// re master: the shared connections, shown and ended.
#include <fmt/format.h>

#include <libre/master.hpp>
#include <libre/text.hpp>

#include "cli/commands/commands.hpp"
#include "cli/context.hpp"
#include "cli/ui/json.hpp"
#include "cli/ui/table.hpp"

namespace cli {
namespace {

using libre::Errc;
using libre::Error;
using libre::MasterInfo;
using libre::Result;

Table master_table(const std::vector<MasterInfo>& masters) {
  Table table({{"Instance", false, true},
               {"PID", true},
               {"Since"},
               {"Streams", true},
               {"Idle", true},
               {"Leaves after", true}});
  for (const auto& master : masters)
    table.add({master.instance, std::to_string(master.pid), libre::local_time(master.since),
               std::to_string(master.streams),
               master.streams > 0 ? "" : libre::human_seconds(master.idle),
               libre::human_seconds(master.idle_limit)});
  return table;
}

// Nobody named: all of them, not only the default instance's.
Result<std::optional<libre::InstanceConfig>> chosen(Context& context,
                                                    const std::vector<std::string>& words) {
  if (words.size() > 1) context.globals.instance = words[1];
  if (context.globals.instance.empty() && !context.globals.instance_index)
    return std::optional<libre::InstanceConfig>();
  LIBRE_TRY(auto instance, context.instance(nullptr));
  return std::optional(std::move(instance));
}

Result<int> run_master(Context& context, const std::vector<std::string>& words) {
  const std::string what = words.empty() ? "status" : words.front();
  if ((what != "status" && what != "stop") || words.size() > 2)
    return Error{Errc::usage,
                 "re master takes status or stop, and an instance",
                 {},
                 "re master status, or: re master stop gpu1"};
  LIBRE_TRY(const auto instance, chosen(context, words));
  const auto* one = instance ? &*instance : nullptr;
  LIBRE_TRY(const auto masters,
            what == "stop" ? libre::stop_masters(one) : libre::list_masters(one));
  if (context.globals.json) {
    const std::string name = what == "stop" ? "stopped" : "masters";
    LIBRE_CHECK(context.screen.out(json_document({{name, json_array(masters)}})));
    return 0;
  }
  if (masters.empty()) {
    context.screen.talk(one ? fmt::format("there is no shared connection to {}", one->name)
                            : "there is no shared connection");
    return 0;
  }
  if (what == "stop") {
    for (const auto& master : masters)
      context.screen.talk(fmt::format("ended the shared connection to {}", master.instance));
    return 0;
  }
  LIBRE_CHECK(context.screen.out(master_table(masters).render(context.screen.width())));
  return 0;
}

}  // namespace

void add_master(Parser& parser) {
  const auto words = std::make_shared<std::vector<std::string>>();
  parser.add("master", "Show or end the connections that commands share")
      .words(*words, "[status|stop] [INSTANCE]", "what to do, and for which instance (all of them)")
      .completes({"status|stop", "INSTANCE"})
      .about(
          "The first command that reaches a machine leaves its connection open in the background, "
          "and "
          "those after it need no login. It ends when nobody has used it for `persist` minutes: a "
          "key "
          "of the instance in ~/.recompute.conf, 10 by default; 0 keeps none.")
      .example("re master status", "what is open, and since when")
      .example("re master stop gpu1", "end it now, to log in anew")
      .runs([words](Context& context) { return run_master(context, *words); });
}

}  // namespace cli
