// re sshadd: one machine more in the configuration, after a login that worked.
#include "cli/commands/sshadd.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include <libre/text.hpp>

#include "cli/commands/commands.hpp"
#include "cli/context.hpp"

namespace cli {
namespace {

using libre::Errc;
using libre::Error;
using libre::Result;

struct Args {
  std::string name{}, identity{}, jump{};
  bool store_password = false;
};

// Passes questions on, and remembers the password that was given for --store-password.
class PasswordKeeper final : public libre::Prompter {
 public:
  explicit PasswordKeeper(libre::Prompter& inner) : inner_(inner) {}
  Result<std::string> secret(const std::string& prompt) override {
    auto answer = inner_.secret(prompt);
    if (answer && asks_for_password(prompt)) password_ = *answer;
    return answer;
  }
  Result<std::string> line(const std::string& prompt) override { return inner_.line(prompt); }
  Result<bool> confirm(const std::string& question) override { return inner_.confirm(question); }
  const std::string& password() const { return password_; }

 private:
  libre::Prompter& inner_;
  std::string password_;
};

Result<libre::InstanceConfig> wanted_instance(const Context& context, const Args& args) {
  const auto& address = context.globals.instance;
  if (address.empty())
    return Error{
        Errc::usage, "re sshadd needs the machine to add", {}, "re sshadd --instance user@host"};
  if (address == "local")
    return Error{Errc::usage,
                 "local is this machine, which needs no entry",
                 {},
                 "re sshadd --instance user@host"};
  // An empty configuration: what the file says of other machines must not matter here.
  LIBRE_TRY(libre::InstanceConfig instance, libre::find_instance({}, address));
  instance.remote_home = context.globals.remote_home;
  instance.identity_file = args.identity;
  instance.proxy_jump = args.jump;
  if (!args.name.empty()) instance.name = args.name;
  return instance;
}

Result<void> refuse_double(const libre::Config& config, const libre::InstanceConfig& instance) {
  for (const auto& other : config.instances) {
    if (other.name == instance.name && other.name != other.host)
      return Error{Errc::exists,
                   fmt::format("[instance {}] is named \"{}\" already", other.index, other.name),
                   {},
                   "re sshadd --name OTHER …"};
    if (other.host == instance.host && other.username == instance.username &&
        other.port == instance.port)
      return Error{
          Errc::exists,
          fmt::format("{} is there already as [instance {}]", instance.describe(), other.index),
          {},
          fmt::format("re ssh --instance-idx {}", other.index)};
  }
  return {};
}

Result<int> run_sshadd(Context& context, const Args& args) {
  LIBRE_TRY(libre::InstanceConfig instance, wanted_instance(context, args));
  LIBRE_TRY(const libre::Config config, libre::load_config());
  LIBRE_CHECK(refuse_double(config, instance));
  PasswordKeeper keeper(context.prompter);
  auto options = context.connect_options();
  if (options.prompter) options.prompter = &keeper;
  context.screen.talk(fmt::format("logging in at {} …", instance.describe()));
  {
    auto reached = libre::Instance::connect(instance, options);
    if (!reached)
      return std::move(reached).error().wrapped(
          fmt::format("{} was not added: the login did not work", instance.describe()));
  }
  if (args.store_password && keeper.password().empty())
    context.screen.notice("no password was asked for, so none is stored");
  if (args.store_password) instance.password = keeper.password();
  LIBRE_TRY(const std::string text,
            config.exists ? libre::config_text(config.file) : libre::sample_config());
  LIBRE_TRY(const std::string changed, libre::with_instance(text, instance));
  LIBRE_CHECK(libre::write_config(config.file, changed));
  LIBRE_TRY(const libre::Config now, libre::parse_config(changed, config.file));
  const auto& added = now.instances.back();
  context.screen.talk(fmt::format("added [instance {}] {} to {}", added.index, added.describe(),
                                  config.file.string()));
  context.screen.talk(
      fmt::format("use it with: re init --instance {}", libre::shell_quote(added.name)));
  return 0;
}

}  // namespace

bool asks_for_password(std::string_view prompt) {
  std::string text(prompt);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  while (text.ends_with(' ') || text.ends_with(':')) text.pop_back();
  // PAM asks "Password", or "(me@host) Password" since OpenSSH 8.7; what says more may be a code.
  return text == "password" || text.ends_with(") password") || text.ends_with("'s password") ||
         text.starts_with("password for ");
}

void add_sshadd(Parser& parser) {
  const auto args = std::make_shared<Args>();
  parser.add("sshadd", "Add a machine to the configuration, after a login that works")
      .option("--name", args->name, "NAME", "what to call it; its host name otherwise")
      .option("-i,--identity", args->identity, "FILE", "the key to log in with")
      .option("-J,--jump", args->jump, "HOST", "reach it through this machine")
      .flag("--store-password", args->store_password,
            "keep the password in the configuration; a key is safer")
      .about(
          "The machine is given with --instance user@host[:port]. A Host of ~/.ssh/config works\n"
          "as an instance without this.")
      .example("re sshadd --instance me@gpu.example.org", "logs in once, then adds it")
      .example("re sshadd --instance me@10.0.0.7:2222 --name gpu1", "with a name and a port")
      .runs([args](Context& context) { return run_sshadd(context, *args); });
}

}  // namespace cli
