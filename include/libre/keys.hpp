// The keys of this machine's user, as they are put on instances (Instance::authorize).
#pragma once
#include <filesystem>
#include <string>

#include <libre/config.hpp>
#include <libre/result.hpp>

namespace libre {

struct PublicKey {
  std::filesystem::path private_half{};  // the file that `ssh -i` takes
  std::string line{};                    // "ssh-ed25519 AAAA… comment"
};

// What Instance::authorize has done.
struct KeyInstall {
  bool added = false;    // false: this key could log in already
  std::string file{};    // over there
  std::string notice{};  // why the server may still refuse it; "" = nothing is known
};

// The private file that a key for `instance` has or would have: its identity_file, else
// ~/.ssh/id_ed25519.
Result<std::filesystem::path> key_file_for(const InstanceConfig& instance);

// The public key to put on `instance`: that of its identity_file, else the first in ~/.ssh under one of
// the names that ssh looks for. Errc::not_found where there is none.
Result<PublicKey> find_public_key(const InstanceConfig& instance);

// Makes a key pair (Ed25519, no passphrase) with ssh-keygen. Errc::exists where a file is there already:
// nothing is ever overwritten.
Result<PublicKey> make_key_pair(const std::filesystem::path& private_half);

}  // namespace libre
