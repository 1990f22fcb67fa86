#include "bootstrap/bundle.hpp"

#include <doctest/doctest.h>

#include <libre/version.hpp>

#include "bootstrap/platform.hpp"
#include "world.hpp"

using namespace libre;
using namespace libre::bootstrap;

TEST_CASE(
    "platforms are named as the agent's files are, and others refused with what is supported") {
  CHECK(*platform_of("Linux", "x86_64") == "linux-x86_64");
  CHECK(*platform_of("Linux", "amd64") == "linux-x86_64");
  CHECK(*platform_of("Linux", "aarch64") == "linux-aarch64");
  const auto mac = platform_of("Darwin", "arm64");
  REQUIRE_FALSE(mac);
  CHECK(mac.error().code == Errc::unsupported);
  CHECK(mac.error().cause == "it is Darwin on arm64");
  CHECK(mac.error().hint == "supported is Linux on x86_64 and aarch64");
  CHECK_FALSE(platform_of("", ""));
}

TEST_CASE("the chosen directory comes first and the identity follows the content") {
  testing::World world("dash", 0);
  const Environment env = [&](const char* name) -> std::optional<std::string> {
    if (std::string_view(name) == "LIBRE_AGENT_DIR") return world.root().string();
    return {};
  };
  world.write("re-agent-linux-x86_64", "first");
  const auto first = find_bundle("linux-x86_64", env);
  REQUIRE(first);
  CHECK(first->path == world.root() / "re-agent-linux-x86_64");
  CHECK(first->size == 5);
  CHECK(first->identity.starts_with(std::string(version) + "-"));
  CHECK(first->identity.size() == std::string(version).size() + 13);
  world.write("re-agent-linux-x86_64", "other");
  const auto other = find_bundle("linux-x86_64", env);
  REQUIRE(other);
  CHECK(other->identity != first->identity);
}

TEST_CASE("a missing agent is an error that names where it was looked for") {
  const Environment env = [](const char*) { return std::optional<std::string>("/nowhere"); };
  const auto bundle = find_bundle("linux-pdp11", env);
  REQUIRE_FALSE(bundle);
  CHECK(bundle.error().code == Errc::not_found);
  CHECK(bundle.error().cause.starts_with("there is no re-agent-linux-pdp11 in /nowhere, "));
}
