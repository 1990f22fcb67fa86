// The user's configuration: ~/.recompute.conf as a value.
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <libre/result.hpp>

namespace libre {

// How to reach a machine and where to work there. Empty fields fall back to ~/.ssh/config and then
// to the defaults of OpenSSH.
struct InstanceConfig {
  int index = -1;      // the N of [instance N]; -1 for those that are in no file
  std::string name{};  // `name`, else the host
  std::string host{};
  std::string username{};
  std::string password{};  // discouraged; keys and agents are the normal way
  int port = 0;            // 0 = not set
  std::string identity_file{};
  std::string proxy_jump{};
  std::string shell{};        // the shell for jobs there, instead of the login shell
  std::string python{};       // for environments: a path, a version ("3.12"), or "system" for pip
                              // install --user; "" = python3 there
  std::string index_url{};    // where pip finds packages; else [general] index_url, else pip's own
                              // configuration there
  std::string remote_root{};  // moves all of our own state there
  std::string remote_home{};  // where mirrors live; else [general] remote_home
  int persist_minutes =
      10;  // how long an unused connection is kept for others (master.hpp); 0 = not at all
  bool local = false;            // the built-in instance `local`: this machine, no SSH
  std::string describe() const;  // "grenouille@grasse.local", "local"
};

struct Config {
  std::filesystem::path file{};  // where it came from; may not exist
  bool exists = false;
  std::string
      default_instance{};  // [general] instance: an index, a name or "auto"; "" = the first, or local
  std::string remote_home = "projects/";
  std::string index_url{};
  std::vector<InstanceConfig> instances{};  // as in the file, without `local`
  std::vector<std::string> warnings{};      // "…:4: a stored password …"
};

// Parses the text of a configuration file. Errc::config names file, line, and what to write.
Result<Config> parse_config(std::string_view text, const std::filesystem::path& origin);

// Where the configuration is, or would be: $RE_CONFIG, else ~/.recompute.conf.
Result<std::filesystem::path> config_path();

// The text of a configuration file. Errc::not_found where there is none.
Result<std::string> config_text(const std::filesystem::path& file);

// Reads the file at config_path(). A missing file is a Config without instances.
// Errc::config where it holds a password and others can read it.
Result<Config> load_config();

// The text that `re conf` writes where there is no file.
std::string sample_config();

// Writes `content` to the configuration file: atomically, mode 0600.
Result<void> write_config(const std::filesystem::path& file, std::string_view content);

// The file's text with one [instance N] section more; N is the lowest number that is larger than
// all in use. Comments and order are kept.
Result<std::string> with_instance(std::string_view text, const InstanceConfig& instance);

// The Hosts of ~/.ssh/config, which are instances too.
std::vector<std::string> ssh_aliases();

// Finds an instance: "" = the default, "local", an index, a name, "user@host", or a Host alias of
// ~/.ssh/config. Errc::not_found names those that exist, and the nearest.
Result<InstanceConfig> find_instance(const Config& config, std::string_view selector);

}  // namespace libre
