#include "cli/commands/conf_change.hpp"

#include <fmt/format.h>

#include <libre/config_edit.hpp>
#include <libre/text.hpp>

#include "cli/ui/json.hpp"

namespace cli {

using libre::Errc;
using libre::Error;
using libre::Result;

namespace {

using Words = std::vector<std::string>;

Result<int> get(Context& context, const Words& words) {
  LIBRE_TRY(const auto file, libre::config_path());
  LIBRE_TRY(const auto text, libre::config_text(file));
  const std::string name = words.size() > 1 ? words[1] : std::string();
  LIBRE_TRY(const auto settings, libre::settings_of(text, file, name));
  if (context.globals.json) {
    LIBRE_CHECK(context.screen.out(json_document({{"settings", json_array(settings)}})));
    return 0;
  }
  const bool one =
      settings.size() == 1 && settings[0].name.ends_with("." + name.substr(name.rfind('.') + 1));
  if (one && settings[0].secret)
    return Error{
        Errc::denied, fmt::format("{} is a password and is not shown", name), {}, "re conf edit"};
  std::string lines;
  for (const auto& setting : settings)
    lines += one ? libre::printable(setting.value) + "\n"
                 : fmt::format("{} = {}\n", setting.name,
                               setting.secret ? "********" : libre::printable(setting.value));
  LIBRE_CHECK(context.screen.out(lines));
  return 0;
}

Result<int> set(Context& context, const Words& words) {
  const auto& name = words[1];
  // What stands in a command line is seen by everybody on this machine, and kept by the shell.
  if (name.ends_with(".password"))
    return Error{Errc::usage, "a password does not belong into a command line",
                 "others see it there, and the shell remembers it",
                 "put a key there instead: re sshadd, or write it with: re conf edit"};
  LIBRE_TRY(const auto file, libre::config_path());
  LIBRE_CHECK(libre::change_config(
      [&](const std::string& text) { return libre::with_setting(text, file, name, words[2]); }));
  context.screen.talk(fmt::format("{} = {}", name, libre::printable(words[2])));
  return 0;
}

Result<int> remove(Context& context, const Words& words) {
  const auto& name = words[1];
  LIBRE_TRY(const auto file, libre::config_path());
  const auto without = [&](const std::string& text) -> Result<std::string> {
    LIBRE_TRY(auto changed, libre::without_setting(text, file, name));
    LIBRE_TRY(const auto settings, libre::settings_of(text, file, name));
    const bool password =
        std::any_of(settings.begin(), settings.end(), [](const auto& one) { return one.secret; });
    if (settings.size() > 1 || password) LIBRE_CHECK(keep_backup(context, file, text));
    return changed;
  };
  LIBRE_CHECK(libre::change_config(without));
  context.screen.talk(fmt::format("removed {}", libre::printable(name)));
  return 0;
}

Result<int> edit(Context& context, const Words&) {
  const auto again = [&](const Error& problem) -> Result<bool> {
    context.screen.error(problem);
    return context.prompter.confirm("Edit it again?");
  };
  LIBRE_TRY(const bool changed, libre::edit_config(again));
  context.screen.talk(changed ? "the configuration is changed" : "nothing was changed");
  return 0;
}

struct Verb {
  std::string_view name;
  std::size_t least, most;  // words, its own included
  Result<int> (*run)(Context&, const Words&);
};
constexpr Verb verbs[] = {
    {"get", 1, 2, get}, {"set", 3, 3, set}, {"remove", 2, 2, remove}, {"edit", 1, 1, edit}};

}  // namespace

Result<void> keep_backup(Context& context, const std::filesystem::path& file,
                         const std::string& text) {
  std::error_code failure;
  auto backup = file;
  backup += ".bak";
  for (int number = 2; std::filesystem::exists(std::filesystem::symlink_status(backup, failure));
       ++number) {
    backup = file;
    backup += fmt::format(".bak{}", number);
  }
  LIBRE_CHECK(libre::write_config(backup, text));
  context.screen.talk(fmt::format("the old configuration is kept as {}", backup.string()));
  return {};
}

Result<int> run_conf_change(Context& context, const Words& words) {
  for (const auto& verb : verbs)
    if (words.front() == verb.name && words.size() >= verb.least && words.size() <= verb.most)
      return verb.run(context, words);
  return Error{Errc::usage,
               "re conf takes get, set, remove, edit or validate",
               {},
               "re conf set gpu1.port 2222, or: re conf get gpu1.port"};
}

}  // namespace cli
