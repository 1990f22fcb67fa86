// re conf: the configuration file, shown, checked, or made.
#include <fmt/format.h>

#include <sstream>

#include "cli/commands/commands.hpp"
#include "cli/context.hpp"
#include "cli/ui/json.hpp"

namespace cli {
namespace {

using libre::Errc;
using libre::Error;
using libre::Result;

struct Args {
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

// A name beside `file` that nothing has yet: what a backup holds may be the only copy of a password.
std::filesystem::path free_backup(const std::filesystem::path& file) {
  std::error_code failure;
  for (int number = 1;; ++number) {
    auto backup = file;
    backup += number == 1 ? ".bak" : fmt::format(".bak{}", number);
    if (!std::filesystem::exists(std::filesystem::symlink_status(backup, failure))) return backup;
  }
}

Result<int> write_sample(Context& context, const std::filesystem::path& file) {
  const auto old = libre::config_text(file);
  if (!old && old.error().code != Errc::not_found) return old.error();
  if (old && *old != libre::sample_config()) {
    const auto backup = free_backup(file);
    LIBRE_CHECK(libre::write_config(backup, *old));
    context.screen.talk(fmt::format("the old configuration is kept as {}", backup.string()));
  }
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

Result<int> run_conf(Context& context, const Args& args) {
  LIBRE_TRY(const auto file, libre::config_path());
  const auto config = libre::load_config();
  if (args.path) {
    LIBRE_CHECK(context.screen.out(file.string() + "\n"));
    return 0;
  }
  if (args.force) return write_sample(context, file);
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

}  // namespace

void add_conf(Parser& parser) {
  const auto args = std::make_shared<Args>();
  parser.add("conf", "Show the configuration, or write a sample of it")
      .flag("--force", args->force,
            "write the sample in its place; the old one is kept as .bak, .bak2, …")
      .flag("--path", args->path, "print where the file is")
      .flag("--validate", args->validate, "only check it")
      .about("The file is ~/.recompute.conf, or $RE_CONFIG. Passwords are not shown.")
      .example("re conf", "show it, or make one")
      .example("re conf --validate", "for scripts: exit code 0 or 2")
      .runs([args](Context& context) { return run_conf(context, *args); });
}

}  // namespace cli
