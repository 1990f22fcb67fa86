// re conf: the configuration file, shown, checked, or made.
#include <fmt/format.h>

#include <sstream>

#include "cli/commands/commands.hpp"
#include "cli/commands/conf_change.hpp"
#include "cli/ui/json.hpp"

namespace cli {
namespace {

using libre::Errc;
using libre::Error;
using libre::Result;

struct ConfOptions {
  std::vector<std::string> words{};
  bool force = false, path = false, validate = false;
};

// The text with what stands behind `password =` hidden.
std::string masked(const std::string& text) {
  std::istringstream lines(text);
  std::string result, line;
  while (std::getline(lines, line)) {
    const auto key = line.find_first_not_of(" \t");
    const auto mark = line.find_first_of("=:");
    const bool secret = key != std::string::npos && line.compare(key, 8, "password") == 0 &&
                        mark != std::string::npos;
    result += (secret ? line.substr(0, mark + 1) + " ********" : line) + "\n";
  }
  return result;
}

std::string as_json(const libre::Config& config) {
  std::string instances = "[";
  for (const auto& instance : config.instances) {
    if (instances.size() > 1) instances += ",";
    instances += fmt::format(
        "{{\"index\":{},\"name\":{},\"host\":{},\"username\":{},\"port\":{},\"password_stored\":{},"
        "\"remote_home\":{}}}",
        instance.index, json_string(instance.name), json_string(instance.host),
        json_string(instance.username), instance.port, !instance.password.empty(),
        json_string(instance.remote_home));
  }
  return json_document({{"file", json_string(config.file.string())},
                        {"exists", config.exists ? "true" : "false"},
                        {"instance", json_string(config.default_instance)},
                        {"remote_home", json_string(config.remote_home)},
                        {"instances", instances + "]"}});
}

Result<int> write_sample(Context& context, const std::filesystem::path& file) {
  const auto old = libre::config_text(file);
  if (!old && old.error().code != Errc::not_found) return old.error();
  if (old && *old != libre::sample_config()) LIBRE_CHECK(keep_backup(context, file, *old));
  LIBRE_CHECK(libre::write_config(file, libre::sample_config()));
  context.screen.talk(fmt::format("wrote a sample configuration to {}", file.string()));
  context.screen.talk("add a machine with: re sshadd --instance user@host");
  return 0;
}

// Every reason why the configuration cannot be used is one to a script: exit code 2.
Result<void> validate(const Result<libre::Config>& config, const std::filesystem::path& file) {
  Error error;
  if (!config)
    error = config.error();
  else if (!config->exists)
    error = {
        Errc::not_found, fmt::format("there is no configuration {}", file.string()), {}, "re conf"};
  else if (const auto chosen = libre::find_instance(*config, ""); !chosen)
    error = chosen.error();
  else
    return {};
  error.code = Errc::config;
  return error;
}

Result<int> show(Context& context, const ConfOptions& args, const std::filesystem::path& file) {
  const auto config = libre::load_config();
  if (args.validate) LIBRE_CHECK(validate(config, file));
  if (!config) return config.error();
  for (const auto& warning : config->warnings) context.screen.notice(warning);
  if (args.validate) {
    const auto count = config->instances.size();
    context.screen.talk(
        fmt::format("{} is fine: {} instance{}", file.string(), count, count == 1 ? "" : "s"));
    return 0;
  }
  if (context.globals.json) {
    LIBRE_CHECK(context.screen.out(as_json(*config)));
    return 0;
  }
  if (!config->exists) return write_sample(context, file);
  LIBRE_TRY(const std::string text, libre::config_text(file));
  LIBRE_CHECK(context.screen.out(masked(text)));
  context.screen.talk(
      fmt::format("this is {}; --force writes the sample in its place", file.string()));
  return 0;
}

Result<int> run_conf(Context& context, ConfOptions& args) {
  LIBRE_TRY(const auto file, libre::config_path());
  if (!args.words.empty() && args.words.front() == "validate" && args.words.size() == 1)
    args.validate = true;
  else if (!args.words.empty())
    return run_conf_change(context, args.words);
  if (args.path) {
    LIBRE_CHECK(context.screen.out(file.string() + "\n"));
    return 0;
  }
  if (args.force) return write_sample(context, file);
  return show(context, args, file);
}

}  // namespace

void add_conf(Parser& parser) {
  const auto args = std::make_shared<ConfOptions>();
  parser.add("conf", "Show, change or check the configuration, or write a sample of it")
      .words(args->words, "[get [NAME] | set NAME VALUE | remove NAME | edit | validate]",
             "NAME  general.instance, general.remote_home, or an instance, a dot and a key of it:\n"
             "        gpu1.port. get and remove also take a whole instance: gpu1")
      .completes({"get|set|remove|edit|validate", "SETTING"})
      .flag("--force", args->force,
            "write the sample in its place; the old one is kept as .bak, .bak2, …")
      .flag("--path", args->path, "print where the file is")
      .flag("--validate", args->validate, "only check it, as `re conf validate` does")
      .about(
          "The file is ~/.recompute.conf, or $RE_CONFIG. Passwords are not shown. Changes keep\n"
          "comments and order, and what could not be read afterwards is refused. edit opens a\n"
          "copy in $VISUAL, $EDITOR or vi.")
      .example("re conf", "show it, or make one")
      .example("re conf set general.instance gpu1", "the machine that is used where none is named")
      .example("re conf get gpu1.port", "one setting")
      .example("re conf remove gpu1", "forget a machine; the old file is kept as .bak")
      .example("re conf validate", "for scripts: exit code 0 or 2")
      .runs([args](Context& context) { return run_conf(context, *args); });
}

}  // namespace cli
