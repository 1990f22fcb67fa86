#include <libre/keys.hpp>

#include <unistd.h>

#include "base/files.hpp"
#include "base/paths.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "client/instance_state.hpp"
#include "machine/authorized_keys.hpp"
#include "machine/remote_machine.hpp"

namespace libre {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t most_of_a_key = 1u << 16;
constexpr auto keygen_limit = std::chrono::seconds(60);

Result<PublicKey> read_public_half(const fs::path& private_half) {
  const fs::path file = private_half.string() + ".pub";
  LIBRE_TRY(const std::string text, read_file(file, most_of_a_key));
  auto line = std::string(trim(text));
  if (auto key = machine::key_of_line(line); !key)
    return std::move(key).error().wrapped(file.string() + " cannot be used");
  return PublicKey{private_half, std::move(line)};
}

}  // namespace

Result<fs::path> key_file_for(const InstanceConfig& instance) {
  LIBRE_TRY(const auto home, home_directory(process_environment()));
  if (instance.identity_file.empty()) return home / ".ssh/id_ed25519";
  return expand_tilde(instance.identity_file, home);
}

Result<PublicKey> find_public_key(const InstanceConfig& instance) {
  LIBRE_TRY(const auto chosen, key_file_for(instance));
  if (!instance.identity_file.empty()) return read_public_half(chosen);
  // The order in which ssh offers them, newer kinds first.
  for (const char* name : {"id_ed25519", "id_ecdsa", "id_ed25519_sk", "id_ecdsa_sk", "id_rsa"}) {
    const auto file = chosen.parent_path() / name;
    if (::access(file.c_str(), R_OK) != 0) continue;
    if (auto key = read_public_half(file)) return key;
  }
  return Error{Errc::not_found,
               "there is no key in " + chosen.parent_path().string(),
               {},
               "make one: ssh-keygen -t ed25519"};
}

Result<PublicKey> make_key_pair(const fs::path& private_half) {
  for (const auto& file : {private_half, fs::path(private_half.string() + ".pub")})
    if (::access(file.c_str(), F_OK) == 0)
      return Error{Errc::exists, file.string() + " is there already", {}, "name another file"};
  LIBRE_CHECK(make_directories(private_half.parent_path(), 0700));
  SpawnOptions options;
  options.argv = {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", private_half.string()};
  auto made = run(std::move(options), {}, {Deadline::after(keygen_limit)});
  if (!made) {
    Error error = std::move(made).error().wrapped("cannot make a key");
    error.hint = "install OpenSSH's client (on Debian: apt install openssh-client)";
    return error;
  }
  if (!made->exit.ok())
    return Error{Errc::io, "cannot make the key " + private_half.string(),
                 printable(trim(made->err.empty() ? made->out : made->err))};
  return read_public_half(private_half);
}

Result<KeyInstall> Instance::authorize(const std::string& public_key) {
  client::Link& link = *state_->link;
  return link.repeat([&](rpc::Connection& connection) -> Result<KeyInstall> {
    machine::RemoteMachine machine(connection);
    LIBRE_TRY(auto report, machine.authorize(public_key, link.wait(client::answer_limit)));
    return KeyInstall{report.added, std::move(report.file), std::move(report.notice)};
  });
}

}  // namespace libre
