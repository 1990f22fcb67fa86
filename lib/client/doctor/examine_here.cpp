#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.hpp"
#include "base/paths.hpp"
#include "base/process.hpp"
#include "base/stream.hpp"
#include "base/text.hpp"
#include "bootstrap/bundle.hpp"
#include "client/doctor/judge.hpp"
#include "master/start.hpp"

namespace libre {
namespace fs = std::filesystem;

namespace client {
namespace {

constexpr auto tool_limit = std::chrono::seconds(5);

bool has_mode(const fs::path& file, unsigned bits) {
  struct ::stat info {};
  return ::stat(file.c_str(), &info) == 0 && (info.st_mode & bits) != 0;
}

void look_at_config(HereFacts& facts) {
  const auto file = config_path();
  if (file) {
    facts.config_file = file->string();
    facts.config_readable_by_others = has_mode(*file, 077);
  }
  const auto config = load_config();
  if (!config) {
    facts.config_error = config.error();
    return;
  }
  facts.config_exists = config->exists;
  facts.config_warnings = config->warnings;
  facts.instances = config->instances.size();
  if (auto chosen = find_instance(*config, ""); !chosen) facts.config_error = chosen.error();
}

void look_at_keys(HereFacts& facts, const fs::path& home, const Environment& env) {
  for (const char* name : {"id_ed25519", "id_ecdsa", "id_ed25519_sk", "id_ecdsa_sk", "id_rsa"}) {
    const auto file = home / ".ssh" / name;
    if (::access(file.c_str(), F_OK) == 0)
      facts.keys.push_back({file.string(), has_mode(file, 077)});
  }
  const auto socket = env("SSH_AUTH_SOCK");
  facts.agent_named = socket.has_value();
  facts.agent_answers =
      socket && connect_unix(*socket, {Deadline::after(std::chrono::seconds(1))}).has_value();
}

// Where masters put their sockets (master/place.hpp); looked at, not made.
void look_at_runtime(HereFacts& facts, const Environment& env) {
  const auto usable = [](const fs::path& directory) {
    struct ::stat info {};
    return ::lstat(directory.c_str(), &info) == 0 && S_ISDIR(info.st_mode) &&
           info.st_uid == ::geteuid() && (info.st_mode & 077) == 0;
  };
  if (const auto runtime = env("XDG_RUNTIME_DIR"); runtime && usable(*runtime)) {
    facts.runtime_directory = *runtime;
    return;
  }
  facts.runtime_directory = "/tmp/re-" + std::to_string(::getuid());
  struct ::stat info {};
  if (::lstat(facts.runtime_directory.c_str(), &info) == 0 && !usable(facts.runtime_directory))
    facts.runtime_problem = "is not a directory of yours alone";
}

bool runs(std::vector<std::string> argv, std::string* first_line = nullptr) {
  SpawnOptions options;
  options.argv = std::move(argv);
  const auto output = run(std::move(options), {}, {Deadline::after(tool_limit)});
  if (!output) return false;
  const auto lines = split_lines(output->out);
  if (first_line && !lines.empty()) *first_line = lines.front();
  return true;  // whatever it ended with: it is there
}

HereFacts look_here() {
  HereFacts facts;
  const auto env = process_environment();
  look_at_config(facts);
  if (const auto home = home_directory(env)) {
    facts.home = home->string();
    look_at_keys(facts, *home, env);
    if (const auto disk = disk_space(*home)) facts.disk_free = disk->free;
  }
  look_at_runtime(facts, env);
  if (auto master = master::find_program(env); !master) facts.master_error = master.error();
  for (const auto* platform : {"linux-x86_64", "linux-aarch64"})
    if (bootstrap::find_bundle(platform, env)) facts.platforms.emplace_back(platform);
  if (facts.platforms.empty())
    facts.bundle_error = bootstrap::find_bundle("linux-x86_64", env).error();
  (void)runs({"git", "--version"}, &facts.git);
  facts.has_keygen = runs({"ssh-keygen", "-?"});
  return facts;
}

}  // namespace
}  // namespace client

std::vector<Finding> examine_here() { return client::judge(client::look_here()); }

}  // namespace libre
