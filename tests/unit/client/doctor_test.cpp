// From facts to findings: what is told, how bad it is, and what helps.
#include <doctest/doctest.h>

#include <libre/version.hpp>

#include "client/doctor/judge.hpp"

using namespace libre;
using client::HereFacts;
using client::judge;
using client::ThereFacts;

namespace {

HereFacts sound_here() {
  HereFacts facts;
  facts.config_file = "/home/me/.recompute.conf";
  facts.config_exists = true;
  facts.instances = 1;
  facts.keys = {{"/home/me/.ssh/id_ed25519", false}};
  facts.runtime_directory = "/run/user/1000";
  facts.platforms = {"linux-x86_64"};
  facts.git = "git version 2.39.5";
  facts.has_keygen = true;
  facts.home = "/home/me";
  facts.disk_free = 5u << 30;
  return facts;
}

ThereFacts sound_there() {
  ThereFacts facts;
  facts.name = "gpu1";
  facts.times = {0.1, 0.1, 0.1};
  facts.agent_version = version;
  facts.agent_seconds = facts.round_trip = 0.05;
  auto& machine = facts.machine;
  machine.system = "Linux 6.1 x86_64";
  machine.home = "/home/me";
  machine.home_writable = true;
  machine.disk_free = 50ull << 30;
  machine.disk_total = 100ull << 30;
  machine.inodes_free = 900;
  machine.inodes_total = 1000;
  machine.shell = "/bin/bash";
  machine.profile_seconds = 0.1;
  machine.python = {"/usr/bin/python3", "3.11.2"};
  machine.has_venv = machine.has_pip = true;
  machine.server.readable = true;
  return facts;
}

// The one finding about something; the test fails where there is none.
template <class Facts>
Finding about(const Facts& facts, const std::string& what) {
  for (const auto& finding : judge(facts))
    if (finding.about == what) return finding;
  FAIL("nothing is said about " << what);
  return {};
}

template <class Facts>
Health worst(const Facts& facts) {
  Health health = Health::ok;
  for (const auto& finding : judge(facts)) {
    health = std::max(health, finding.health);
    CHECK_FALSE(finding.text.empty());
    if (finding.health != Health::ok) CHECK_FALSE(finding.fix.empty());
  }
  return health;
}

bool says(const Finding& finding, const std::string& part) {
  return finding.text.find(part) != std::string::npos ||
         finding.fix.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a sound laptop and a sound machine have nothing to mend") {
  CHECK(worst(sound_here()) == Health::ok);
  CHECK(worst(sound_there()) == Health::ok);
}

TEST_CASE("each trouble of this machine is told with what to do") {
  struct Trouble {
    const char* about;
    Health health;
    const char* says;
    void (*make)(HereFacts&);
  };
  const Trouble troubles[] = {
      {"configuration", Health::fail, "spelt",
       [](HereFacts& f) {
         f.config_error = Error{Errc::config, "c:2: spelt", {}, "mend"};
       }},
      {"configuration", Health::warn, "chmod 600",
       [](HereFacts& f) { f.config_readable_by_others = true; }},
      {"configuration", Health::ok, "sshadd", [](HereFacts& f) { f.config_exists = false; }},
      {"configuration", Health::warn, "password",
       [](HereFacts& f) { f.config_warnings = {"a stored password"}; }},
      {"keys", Health::warn, "chmod 600", [](HereFacts& f) { f.keys[0].others_can_read = true; }},
      {"keys", Health::warn, "--make-key", [](HereFacts& f) { f.keys.clear(); }},
      {"keys", Health::warn, "SSH_AUTH_SOCK", [](HereFacts& f) { f.agent_named = true; }},
      {"openssh", Health::warn, "ssh-keygen", [](HereFacts& f) { f.has_keygen = false; }},
      {"runtime", Health::warn, "shared", [](HereFacts& f) { f.runtime_problem = "is a link"; }},
      {"master", Health::warn, "lost",
       [](HereFacts& f) {
         f.master_error = Error{Errc::not_found, "lost", {}, "install"};
       }},
      {"agent", Health::fail, "lost",
       [](HereFacts& f) {
         f.bundle_error = Error{Errc::not_found, "lost", {}, "install"};
       }},
      {"git", Health::ok, "without", [](HereFacts& f) { f.git.clear(); }},
      {"disk", Health::fail, "only", [](HereFacts& f) { f.disk_free = 1u << 20; }},
  };
  for (const auto& trouble : troubles) {
    CAPTURE(trouble.says);
    auto facts = sound_here();
    trouble.make(facts);
    const auto finding = about(facts, trouble.about);
    CHECK(finding.health == trouble.health);
    CHECK_MESSAGE(says(finding, trouble.says), finding.text);
    CHECK(worst(facts) == trouble.health);
  }
}

TEST_CASE("each trouble of a machine is told with what to do") {
  struct Trouble {
    const char* about;
    Health health;
    const char* says;
    void (*make)(ThereFacts&);
  };
  const Trouble troubles[] = {
      {"login", Health::warn, "address", [](ThereFacts& f) { f.times.connect = 9; }},
      {"login", Health::warn, "proxy_jump",
       [](ThereFacts& f) {
         f.times.connect = 9;
         f.jumps = true;
       }},
      {"login", Health::warn, "overloaded", [](ThereFacts& f) { f.times.keys = 9; }},
      {"login", Health::warn, "UseDNS", [](ThereFacts& f) { f.times.login = 9; }},
      {"agent", Health::warn, "replaced", [](ThereFacts& f) { f.agent_version = "0.0.9"; }},
      {"sshd", Health::warn, "AllowStreamLocalForwarding", [](ThereFacts& f) { f.bridged = true; }},
      {"sshd", Health::warn, "MaxSessions",
       [](ThereFacts& f) { f.machine.server.max_sessions = 2; }},
      {"sshd", Health::warn, "UseDNS no", [](ThereFacts& f) { f.machine.server.use_dns = true; }},
      {"sshd", Health::warn, "AllowTcpForwarding",
       [](ThereFacts& f) { f.machine.server.tcp_forwarding = false; }},
      {"sshd", Health::ok, "cannot be read",
       [](ThereFacts& f) { f.machine.server.readable = false; }},
      {"home", Health::fail, "remote_root", [](ThereFacts& f) { f.machine.home_writable = false; }},
      {"disk", Health::warn, "1.0 GB", [](ThereFacts& f) { f.machine.disk_free = 1'000'000'000; }},
      {"disk", Health::fail, "remote_home", [](ThereFacts& f) { f.machine.disk_free = 1000; }},
      {"disk", Health::warn, "few files", [](ThereFacts& f) { f.machine.inodes_free = 1; }},
      {"disk", Health::ok, "cannot be found out", [](ThereFacts& f) { f.machine.disk_total = 0; }},
      {"clock", Health::warn, "ahead of", [](ThereFacts& f) { f.clock_ahead = 60; }},
      {"clock", Health::warn, "behind", [](ThereFacts& f) { f.clock_ahead = -3600; }},
      {"clock", Health::ok, "within a second", [](ThereFacts& f) { f.clock_ahead = -0.4; }},
      {"shell", Health::warn, "every job waits",
       [](ThereFacts& f) { f.machine.profile_seconds = 4; }},
      {"python", Health::warn, "no python3", [](ThereFacts& f) { f.machine.python = {}; }},
      {"python", Health::fail, "does not start",
       [](ThereFacts& f) { f.machine.python.version.clear(); }},
      {"python", Health::warn, "python3-venv", [](ThereFacts& f) { f.machine.has_venv = false; }},
      {"uv", Health::ok, "uv 0.4",
       [](ThereFacts& f) {
         f.machine.uv = {"/bin/uv", "uv 0.4"};
       }},
      {"gpu", Health::warn, "no driver",
       [](ThereFacts& f) { f.machine.nvidia_smi.path = "/bin/smi"; }},
      {"gpu", Health::warn, "two versions",
       [](ThereFacts& f) {
         f.machine.nvidia_smi.path = "/bin/smi";
         f.machine.gpu_driver = "535.1";
       }},
      {"gpu", Health::ok, "535.1", [](ThereFacts& f) { f.machine.gpu_driver = "535.1"; }},
  };
  for (const auto& trouble : troubles) {
    CAPTURE(trouble.says);
    auto facts = sound_there();
    trouble.make(facts);
    const auto finding = about(facts, trouble.about);
    CHECK(finding.health == trouble.health);
    CHECK_MESSAGE(says(finding, trouble.says), finding.text);
    CHECK(worst(facts) == trouble.health);
  }
}

TEST_CASE("a machine that cannot be reached is one finding, with the reason and what to do") {
  auto facts = sound_there();
  facts.login_error = Error{Errc::refused, "cannot reach gpu1", "connection refused", "is it on?"};
  const auto findings = judge(facts);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].about == "login");
  CHECK(findings[0].health == Health::fail);
  CHECK(says(findings[0], "connection refused"));
  CHECK(says(findings[0], "is it on?"));
  facts.login_error.reset();
  facts.agent_error = Error{Errc::disk_full, "no room", "disk full", "free some"};
  CHECK(judge(facts).back().about == "agent");
  CHECK(judge(facts).back().health == Health::fail);
}

TEST_CASE("the instance local has no login, no clock of its own and no sshd") {
  auto facts = sound_there();
  facts.local = true;
  facts.clock_ahead = 100;
  for (const auto& finding : judge(facts))
    for (const char* word : {"login", "clock", "sshd"}) CHECK(finding.about != word);
}
