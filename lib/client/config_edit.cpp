// The configuration as text: the sample, and one instance more.
#include <fmt/format.h>

#include <algorithm>

#include <libre/config.hpp>

#include "base/text.hpp"
#include "client/config_file.hpp"

namespace libre {

std::string sample_config() {
  return R"(# The configuration of re. Lines that begin with # are comments.

[general]
# Which instance is used where none is named: a number or a name; `local` is this machine, and `auto`
# the one that fits a job best.
# Without this line it is the first one below.
# instance = 0
# Where projects live on an instance, relative to the home directory there.
remote_home = projects/
# Where pip finds packages, instead of what its configuration on the instance says.
# index_url = https://pypi.example.org/simple

# One section for each machine; `re sshadd --instance user@host` adds one and tests it.
#
# [instance 0]
# name = gpu1
# host = machine.example.org
# username = me
# port = 22
# identity_file = ~/.ssh/id_ed25519
# proxy_jump = gateway.example.org
# remote_root = /scratch/me
# The Python of environments: a path, a version, or `system` for pip install --user.
# python = 3.12
)";
}

namespace client {

Result<void> check_storable(const std::string& key, const std::string& value) {
  const bool lines = value.find_first_of("\n\r") != std::string::npos;
  const bool comment = value.find(" ;") != std::string::npos ||
                       value.find("\t;") != std::string::npos || value.starts_with(';');
  if (!lines && !comment && trim(value) == value) return {};
  return Error{
      Errc::usage, fmt::format("this {} cannot be stored in the configuration", key),
      "it begins or ends with white space, or holds a line break or \" ;\"",
      key == "password" ? "leave it out: you are then asked for it" : "choose another one"};
}

}  // namespace client

Result<std::string> with_instance(std::string_view text, const InstanceConfig& instance) {
  if (instance.host.empty())
    return Error{Errc::usage, "an instance needs a host", {}, "write it as user@host"};
  int index = 0;
  for (const auto& section : client::section_lines(text))
    index = std::max(index, client::instance_index(section.name) + 1);

  const auto number = [](int value) { return value > 0 ? std::to_string(value) : std::string(); };
  const std::vector<std::pair<std::string, std::string>> lines = {
      {"name", instance.name == instance.host ? "" : instance.name},
      {"host", instance.host},
      {"username", instance.username},
      {"port", number(instance.port)},
      {"identity_file", instance.identity_file},
      {"proxy_jump", instance.proxy_jump},
      {"shell", instance.shell},
      {"python", instance.python},
      {"index_url", instance.index_url},
      {"remote_root", instance.remote_root},
      {"remote_home", instance.remote_home},
      {"password", instance.password},
      {"persist", instance.persist_minutes == InstanceConfig().persist_minutes
                      ? ""
                      : std::to_string(instance.persist_minutes)}};
  std::string result(text);
  if (!result.empty() && !result.ends_with('\n')) result += '\n';
  if (!result.empty() && !result.ends_with("\n\n")) result += '\n';
  result += fmt::format("[instance {}]\n", index);
  for (const auto& [key, value] : lines) {
    if (value.empty()) continue;
    LIBRE_CHECK(client::check_storable(key, value));
    result += fmt::format("{} = {}\n", key, value);
  }
  // What was added must be readable, or the next command would fail.
  LIBRE_CHECK(parse_config(result, "the new configuration"));
  return result;
}

}  // namespace libre
