// Where the masters of this user and home directory are found: one folder for each connection, below
// $XDG_RUNTIME_DIR/re or /tmp/re-UID. Its name is a digest of all that makes the connection what it is.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/paths.hpp"
#include "transport/ssh/target.hpp"

namespace libre::master {

struct Place {
  std::filesystem::path directory;
  std::filesystem::path socket() const { return directory / "master.sock"; }
  std::filesystem::path lock() const { return directory / "lock"; }  // held by who starts a master
};

// Two targets that differ in nothing but their password, their agent's socket or their patience have one
// place. Pure but for the user's id.
Place find_place(const transport::SshTarget& target, const std::filesystem::path& home,
                 const Environment& env);

// A folder of this user and home directory beside the masters' ones, for what `kind` (one letter) stands
// for. Creates nothing.
std::filesystem::path runtime_folder(char kind, const std::filesystem::path& home,
                                     const Environment& env);

// Makes the folders that are missing. Errc::denied where one of them belongs to somebody else, can be
// entered by others, or is a link: whoever could put a socket there would read all we send.
Result<void> make_place(const Place& place);

// All that may have a master now.
std::vector<Place> existing_places(const std::filesystem::path& home, const Environment& env);

// A listening socket at `path`, which only this user can connect to. It appears when it listens, in
// the place of whatever was there.
Result<Fd> listen_at(const std::filesystem::path& path);

}  // namespace libre::master
