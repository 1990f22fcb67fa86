// re sshadd: one machine more in the configuration, after a login that worked.
#include "cli/commands/sshadd.hpp"

#include <fmt/format.h>

#include <iostream>

#include <libre/config_edit.hpp>
#include <libre/text.hpp>

#include "cli/commands/commands.hpp"

namespace cli {
namespace {

using libre::Errc;
using libre::Error;
using libre::Result;

Error needs_address(std::string sentence) {
  return {Errc::usage, std::move(sentence), {}, "re sshadd user@host"};
}

Result<libre::InstanceConfig> wanted_instance(const Context& context, const SshaddArgs& args) {
  if (args.words.size() > 1 || (!args.words.empty() && !context.globals.instance.empty()))
    return needs_address("re sshadd adds one machine at a time");
  const auto& address = args.words.empty() ? context.globals.instance : args.words.front();
  if (address.empty()) return needs_address("re sshadd needs the machine to add");
  if (address == "local") return needs_address("local is this machine, which needs no entry");
  // An empty configuration: what the file says of other machines must not matter here.
  LIBRE_TRY(libre::InstanceConfig instance, libre::find_instance({}, address));
  if (args.port && (*args.port < 1 || *args.port > 65535))
    return Error{Errc::usage,
                 fmt::format("{} is no port", *args.port),
                 {},
                 "--port takes a number from 1 to 65535"};
  if (args.port) instance.port = static_cast<int>(*args.port);
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

// The password that comes on stdin, for programs: argv would show it to everybody.
Result<std::optional<std::string>> given_password(const SshaddArgs& args) {
  if (!args.password_stdin) return std::optional<std::string>();
  std::string line;
  if (!std::getline(std::cin, line) || line.empty())
    return Error{Errc::usage,
                 "--password-stdin found no password on stdin",
                 {},
                 "re sshadd --password-stdin user@host <file"};
  return std::optional(std::move(line));
}

Result<void> check_flags(const SshaddArgs& args) {
  if (args.no_key && (args.install_key || args.make_key))
    return Error{
        Errc::usage, "--no-key and --install-key contradict each other", {}, "give one of both"};
  return {};
}

Result<libre::InstanceConfig> add(Context& context, const libre::InstanceConfig& instance,
                                  bool make_default) {
  libre::InstanceConfig added;
  const auto change = [&](const std::string& text) -> Result<std::string> {
    LIBRE_TRY(const auto file, libre::config_path());
    LIBRE_TRY(std::string changed, libre::with_instance(text, instance));
    LIBRE_TRY(const libre::Config now, libre::parse_config(changed, file));
    added = now.instances.back();
    if (!make_default) return changed;
    return libre::with_setting(changed, file, "general.instance", added.name);
  };
  LIBRE_CHECK(libre::change_config(change, libre::sample_config()));
  LIBRE_TRY(const auto file, libre::config_path());
  context.screen.talk(
      fmt::format("added [instance {}] {} to {}", added.index, added.describe(), file.string()));
  return added;
}

Result<int> run_sshadd(Context& context, const SshaddArgs& args) {
  LIBRE_CHECK(check_flags(args));
  LIBRE_TRY(libre::InstanceConfig instance, wanted_instance(context, args));
  LIBRE_TRY(const libre::Config config, libre::load_config());
  LIBRE_CHECK(refuse_double(config, instance));
  LIBRE_TRY(auto password, given_password(args));
  auto options = context.connect_options();
  const bool flags_answer = args.accept_host_key || password.has_value();
  LoginPrompter prompter(options.prompter, args.accept_host_key, std::move(password));
  if (options.prompter || flags_answer) options.prompter = &prompter;
  context.screen.talk(fmt::format("logging in at {} …", instance.describe()));
  // Not over a connection that is open already: it would say nothing about a login.
  const int persist = std::exchange(instance.persist_minutes, 0);
  {
    auto reached = libre::Instance::connect(instance, options);
    if (!reached)
      return std::move(reached).error().wrapped(
          fmt::format("{} was not added: the login did not work", instance.describe()));
    bool by_key = !prompter.asked();
    if (!by_key || args.install_key) {
      LIBRE_TRY(const bool works, bring_key(context, args, instance, *reached));
      by_key |= works;
    }
    if (args.store_password && by_key)
      context.screen.notice("a key logs in, so no password is stored");
    else if (args.store_password)
      instance.password = prompter.password();
  }
  instance.persist_minutes = persist;
  LIBRE_TRY(const auto added, add(context, instance, args.make_default));
  context.screen.talk(
      fmt::format("use it with: re init --instance {}", libre::shell_quote(added.name)));
  return 0;
}

}  // namespace

void add_sshadd(Parser& parser) {
  const auto args = std::make_shared<SshaddArgs>();
  parser.add("sshadd", "Add a machine to the configuration, after a login that works")
      .words(args->words, "USER@HOST[:PORT]",
             "the machine; the original's --instance USER@HOST means the same")
      .option("--name", args->name, "NAME", "what to call it; its host name otherwise")
      .option("-p,--port", args->port, "N", "the port of its ssh server")
      .option("-i,--identity", args->identity, "FILE", "the key to log in with")
      .option("-J,--jump", args->jump, "HOST", "reach it through this machine")
      .flag("--install-key", args->install_key, "put your public key there, without a question")
      .flag("--make-key", args->make_key, "make a key where you have none, without a question")
      .flag("--no-key", args->no_key, "put no key there, and do not ask")
      .flag("--default", args->make_default, "make it the machine that is used where none is named")
      .flag("--accept-host-key", args->accept_host_key,
            "trust the key that an unknown machine shows, without a question")
      .flag("--password-stdin", args->password_stdin, "read the password from stdin, one line")
      .flag("--store-password", args->store_password,
            "keep the password in the configuration; a key is safer")
      .about(
          "A Host of ~/.ssh/config works as an instance without this. After a login by password "
          "it\n"
          "offers to put your public key there, logs in by it, and needs the password no more.\n"
          "Without a terminal nothing is asked: the options say what may be done.")
      .example("re sshadd me@gpu.example.org", "logs in once, then adds it")
      .example("re sshadd me@10.0.0.7 -p 2222 --name gpu1", "with a name and a port")
      .example("re sshadd --password-stdin --make-key --install-key me@gpu1 <pw", "for programs")
      .runs([args](Context& context) { return run_sshadd(context, *args); });
}

}  // namespace cli
