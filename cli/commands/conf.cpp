// re conf: the configuration file, shown, checked, or made.
#include <fmt/format.h>

#include <fstream>
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

Result<std::string> file_text(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) return Error{Errc::io, fmt::format("cannot read {}", file.string())};
  return text.str();
}

// The text with what stands behind `password =` hidden.
std::string masked(const std::string& text) {
  std::istringstream lines(text);
  std::string result, line;
  while (std::getline(lines, line)) {
    const auto key = line.find_first_not_of(" \t");
    const auto mark = line.find_first_of("=:");
    const bool secret = key != std::string::npos && line.compare(key, 8, "password") == 0 && mark != std::string::npos;
    result += (secret ? line.substr(0, mark + 1) + " ********" : line) + "\n";
  }
  return result;
}

std::string as_json(const libre::Config& config) {
  std::string instances = "[";
  for (const auto& instance : config.instances) {
    if (instances.size() > 1) instances += ",";
    instances += fmt::format(
        "{{\"index\":{},\"name\":{},\"host\":{},\"username\":{},\"port\":{},\"password_stored\":{},\"remote_home\":{}}}",
        instance.index, json_string(instance.name), json_string(instance.host), json_string(instance.username),
        instance.port, !instance.password.empty(), json_string(instance.remote_home));
  }
  return json_document({{"file", json_string(config.file.string())},
                        {"exists", config.exists ? "true" : "false"},
                        {"instance", json_string(config.default_instance)},
                        {"remote_home", json_string(config.remote_home)},
                        {"instances", instances + "]"}});
}

// Where the file is, even when its content cannot be used.
std::filesystem::path config_file(const Result<libre::Config>& config) {
  if (config) return config->file;
  if (const char* named = std::getenv("RE_CONFIG"); named && *named) return named;
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home ? home : "/") / ".recompute.conf";
}

Result<int> write_sample(Context& context, const std::filesystem::path& file) {
  std::error_code failure;
  if (std::filesystem::exists(file, failure)) {
    auto backup = file;
    backup += ".bak";
    LIBRE_TRY(const std::string old, file_text(file));
    LIBRE_CHECK(libre::write_config(backup, old));
    context.screen.talk(fmt::format("the old configuration is kept as {}", backup.string()));
  }
  LIBRE_CHECK(libre::write_config(file, libre::sample_config()));
  context.screen.talk(fmt::format("wrote a sample configuration to {}", file.string()));
  context.screen.talk("add a machine with: re sshadd --instance user@host");
  return 0;
}

Result<int> run_conf(Context& context, const Args& args) {
  const auto config = libre::load_config();
  const auto file = config_file(config);
  if (args.path) {
    LIBRE_CHECK(context.screen.out(file.string() + "\n"));
    return 0;
  }
  if (args.force) return write_sample(context, file);
  if (!config) return config.error();
  for (const auto& warning : config->warnings) context.screen.notice(warning);
  if (args.validate) {
    if (!config->exists)
      return Error{Errc::not_found, fmt::format("there is no configuration {}", file.string()), {}, "re conf"};
    LIBRE_CHECK(libre::find_instance(*config, ""));
    context.screen.talk(fmt::format("{} is fine: {} instances", file.string(), config->instances.size()));
    return 0;
  }
  if (context.globals.json) {
    LIBRE_CHECK(context.screen.out(as_json(*config)));
    return 0;
  }
  if (!config->exists) return write_sample(context, file);
  LIBRE_TRY(const std::string text, file_text(file));
  LIBRE_CHECK(context.screen.out(masked(text)));
  context.screen.talk(fmt::format("this is {}; --force writes the sample in its place", file.string()));
  return 0;
}

}  // namespace

void add_conf(Parser& parser) {
  const auto args = std::make_shared<Args>();
  parser.add("conf", "Show the configuration, or write a sample of it")
      .flag("--force", args->force, "write the sample over it, after a copy to .bak")
      .flag("--path", args->path, "print where the file is")
      .flag("--validate", args->validate, "only check it")
      .about("The file is ~/.recompute.conf, or $RE_CONFIG. Passwords are not shown.")
      .example("re conf", "show it, or make one")
      .example("re conf --validate", "for scripts: exit code 0 or 2")
      .runs([args](Context& context) { return run_conf(context, *args); });
}

}  // namespace cli
