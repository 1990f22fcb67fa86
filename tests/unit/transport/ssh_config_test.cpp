#include <doctest/doctest.h>
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <map>

#include "base/files.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "support/sshd.hpp"
#include "transport/ssh/config.hpp"
#include "transport/ssh/target.hpp"

using namespace libre;
using namespace libre::testing;
using namespace libre::transport;

namespace {

// What `ssh -G` says about a host: the lines of one keyword, joined.
std::map<std::string, std::string> openssh_says(const std::filesystem::path& file,
                                                const std::string& host) {
  std::map<std::string, std::string> values;
  for (const auto& line : split_lines(checked_run({"ssh", "-G", "-F", file.string(), host}))) {
    const auto space = line.find(' ');
    auto& value = values[line.substr(0, space)];
    value +=
        (value.empty() ? "" : "|") + (space == std::string::npos ? "" : line.substr(space + 1));
  }
  return values;
}

Result<SshSettings> ours(const std::filesystem::path& file, const std::string& host) {
  const IncludeFiles include = [](const std::string& pattern) {
    std::vector<SshConfigText> files;
    if (auto text = read_file(pattern)) files.push_back({pattern, *text});
    return files;
  };
  SshSettings settings;
  LIBRE_CHECK(
      apply_ssh_config({file.string(), *read_file(file)}, {host, "", "root"}, include, settings));
  return settings;
}

void compare(const std::filesystem::path& file, const std::string& host) {
  CAPTURE(host);
  auto theirs = openssh_says(file, host);
  const auto settings = ours(file, host);
  REQUIRE(settings);
  const auto& s = *settings;
  const auto same = [&](const char* keyword, const std::optional<std::string>& value) {
    CAPTURE(keyword);
    if (value) CHECK(theirs[keyword] == *value);
  };
  same("hostname", to_lower(expand_percent(s.host_name.value_or(host), {{'h', host}})));
  same("user", s.user.value_or("root"));
  same("port", std::to_string(s.port.value_or(22)));
  if (!s.identity_files.empty()) same("identityfile", join(s.identity_files, "|"));
  same("identitiesonly", s.identities_only.value_or(false) ? "yes" : "no");
  same("connecttimeout",
       s.connect_timeout.value_or(0) ? std::to_string(*s.connect_timeout) : "none");
  same("serveraliveinterval", std::to_string(s.server_alive_interval.value_or(0)));
  same("serveralivecountmax", std::to_string(s.server_alive_count_max.value_or(3)));
  CHECK(theirs["proxyjump"] == (s.proxy_jump.value_or("none") == "none" ? "" : *s.proxy_jump));
  CHECK(theirs["proxycommand"] ==
        (s.proxy_command.value_or("none") == "none" ? "" : *s.proxy_command));
  CHECK(theirs["hostkeyalias"] == s.host_key_alias.value_or(""));
  if (s.user_known_hosts) {
    std::vector<std::string> files;
    for (const auto& text : *s.user_known_hosts)
      files.push_back(expand_tilde(text, ::getpwuid(::getuid())->pw_dir).string());
    same("userknownhostsfile", join(files, " "));
  }
  if (s.global_known_hosts) same("globalknownhostsfile", join(*s.global_known_hosts, " "));
  const std::map<std::string, std::string> strict{{"yes", "true"},
                                                  {"no", "false"},
                                                  {"off", "false"},
                                                  {"ask", "ask"},
                                                  {"accept-new", "accept-new"}};
  same("stricthostkeychecking", strict.at(s.strict_host_key_checking.value_or("ask")));
}

}  // namespace

TEST_CASE("our reading of ssh_config is OpenSSH's, setting by setting") {
  const ScratchDirectory directory;
  const auto file = directory.path() / "config";
  const auto included = directory.path() / "more";
  REQUIRE(write_file_atomic(included, "Host inc*\n  User included\n  Port 77\n"));
  REQUIRE(write_file_atomic(file, fmt::format(R"(# comment
Host gpu* !gpu9
  HostName %h.example.org
  User alice
  Port=2222
  IdentityFile ~/.ssh/one
  IdentityFile "/keys/with space"
  IdentitiesOnly yes
HOST gpu1
{1}hostname ignored.example.org
{1}IdentityFile{1}~/.ssh/three
{1}ServerAliveInterval 2m
{1}ServerAliveCountMax 5
Host gpu9 other?.lan
  User = "bob" # a comment
  ProxyJump jump1,alice@jump2:2200
  ProxyCommand never used %h
  UserKnownHostsFile ~/.ssh/a ~/.ssh/b
  GlobalKnownHostsFile /etc/k1 /etc/k2
Host proxied
  ProxyCommand nc -X 5 "%h" %p
  ProxyJump unused
  HostKeyAlias real-name
  StrictHostKeyChecking accept-new
Host direct
  ProxyJump none
  StrictHostKeyChecking off
Match host *.lan,!other2.lan
  ConnectTimeout 17
Match originalhost gpu2 user alice
  ConnectTimeout 18
Match user nobody
  Port 9
Match !host gpu*
  ServerAliveInterval 33
Match all
  ServerAliveCountMax 8
Host *
  Include {0}
  Port 2022
  ConnectTimeout 1m30s
  UnknownToUs yes
  IgnoreUnknown UnknownToUs
)",
                                              included.string(), '\t')));
  // An unknown keyword is an error for OpenSSH unless it is told first.
  auto text = *read_file(file);
  REQUIRE(write_file_atomic(file, "IgnoreUnknown UnknownToUs\n" + text));
  for (const auto* host : {"gpu1", "gpu2", "gpu9", "other1.lan", "other2.lan", "proxied", "direct",
                           "incident", "GPU1"})
    compare(file, host);
}

TEST_CASE("a value that makes no sense names file and line") {
  for (const std::string bad : {"Port abc", "Port 0", "Port 70000", "User", "ConnectTimeout soon",
                                "IdentitiesOnly maybe", "User \"open"}) {
    SshSettings settings;
    const auto read = apply_ssh_config({"/c", "\n" + bad + "\n"}, {"h", "", "me"}, {}, settings);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Errc::config);
    CHECK(read.error().message.starts_with("/c:2: "));
  }
}

TEST_CASE("a Match block whose criterion we do not know is left out") {
  SshSettings settings;
  REQUIRE(apply_ssh_config({"/c", "Match exec \"true\"\n Port 5\nMatch all\n Port 6\n"},
                           {"h", "", "me"}, {}, settings));
  CHECK(settings.port == 6);
}

TEST_CASE("the names of machines are listed without patterns, through includes") {
  const IncludeFiles include = [](const std::string&) {
    return std::vector<SshConfigText>{{"/i", "Host third\n"}};
  };
  CHECK(ssh_host_aliases({"/c", "Host one two *.lan !three\nInclude x\nHost one\n"}, include) ==
        std::vector<std::string>{"one", "two", "third"});
}

TEST_CASE("what the instance says wins over the files, and a chain of jumps is resolved") {
  const ScratchDirectory home;
  std::filesystem::create_directory(home.path() / ".ssh");
  REQUIRE(write_file_atomic(
      home.path() / ".ssh/config",
      "Host box\n User filed\n Port 22\n HostName box.lan\n ProxyJump a,bob@b:222\n"
      " UserKnownHostsFile %d/kh_%r\nHost a\n HostName a.lan\n"));
  const SshPlaces places{[&](const char* name) -> std::optional<std::string> {
                           if (std::string(name) == "HOME") return home.path().string();
                           return std::nullopt;
                         },
                         "/nonexistent"};
  InstanceConfig instance;
  instance.host = "box";
  instance.username = "alice";
  instance.port = 99;
  instance.identity_file = "~/key";
  const auto target = resolve_ssh_target(instance, places);
  REQUIRE(target);
  CHECK(target->describe() == "alice@box.lan:99");
  CHECK(target->identity_files == std::vector<std::filesystem::path>{home.path() / "key"});
  CHECK(target->user_known_hosts == std::vector<std::filesystem::path>{home.path() / "kh_alice"});
  REQUIRE(target->via.size() == 1);
  CHECK(target->via[0].describe() == "bob@b:222");
  REQUIRE(target->via[0].via.size() == 1);
  CHECK(target->via[0].via[0].host == "a.lan");
  instance.proxy_jump = "none";
  CHECK(resolve_ssh_target(instance, places)->via.empty());
  instance.proxy_jump = "box";
  REQUIRE(write_file_atomic(home.path() / ".ssh/config", "ProxyJump box\n"));
  CHECK(resolve_ssh_target(instance, places).error().code == Errc::config);
}

TEST_CASE("a host that a shell or ssh could misread is refused") {
  for (const std::string host : {"-oProxyCommand=x", "a b", "$(id)", "a;b"}) {
    InstanceConfig instance;
    instance.host = host;
    CHECK(resolve_ssh_target(instance).error().code == Errc::config);
  }
}
