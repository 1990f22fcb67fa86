#include "master/place.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/stream.hpp"

namespace libre::master {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t longest_path = 99;  // sun_path has 108, and a temporary name must fit too
constexpr std::string_view below_root = "/m-12345678/1234567890123456/master.sock";

std::string digest(std::string_view text, std::size_t digits) {
  return digest_of(as_bytes(text)).hex().substr(0, digits);
}

// A directory of ours that nobody else may enter; as it is, not as it could be made.
Result<void> check_private(const fs::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0)
    return system_error("cannot look at " + path.string(), errno);
  if (!S_ISDIR(status.st_mode) || status.st_uid != ::geteuid() || (status.st_mode & 077) != 0)
    return Error{Errc::denied, path.string() + " is no safe place for a shared connection",
                 "it must be a directory of yours that nobody else can enter",
                 "remove it, or ask its owner to"};
  return {};
}

// The runtime directory counts only where it is what it should be: su and the like leave the old one.
fs::path root(const Environment& env) {
  if (const auto runtime = env("XDG_RUNTIME_DIR"))
    if (runtime->size() + 3 + below_root.size() <= longest_path && check_private(*runtime))
      return fs::path(*runtime) / "re";
  return fs::path("/tmp") / fmt::format("re-{}", ::getuid());
}

}  // namespace

fs::path runtime_folder(char kind, const fs::path& home, const Environment& env) {
  return root(env) / (std::string(1, kind) + "-" + digest(home.string(), 8));
}

Place find_place(const transport::SshTarget& target, const fs::path& home, const Environment& env) {
  transport::SshTarget identity = target;
  identity.identity_agent.clear();
  for (auto* hop = &identity; hop; hop = hop->via.empty() ? nullptr : &hop->via.front()) {
    hop->password.clear();
    hop->identity_agent.clear();
    hop->connect_timeout = {};
    hop->alive_interval = {};
    hop->alive_count = 0;
  }
  return {runtime_folder('m', home, env) / digest(to_json(identity), 16)};
}

Result<void> make_place(const Place& place) {
  const auto home = place.directory.parent_path();
  for (const auto& directory : {home.parent_path(), home, place.directory}) {
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
      return system_error("cannot make the directory " + directory.string(), errno);
    LIBRE_CHECK(check_private(directory));
  }
  return {};
}

std::vector<Place> existing_places(const fs::path& home, const Environment& env) {
  std::vector<Place> places;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(runtime_folder('m', home, env), failure)) {
    const Place place{entry.path()};
    if (fs::exists(place.socket(), failure)) places.push_back(place);
  }
  std::ranges::sort(places, {}, &Place::directory);
  return places;
}

Result<Fd> listen_at(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // Bound under another name and renamed, so that nobody ever meets a socket that does not listen.
  const std::string fresh = path.string() + ".new";
  if (fresh.size() >= sizeof address.sun_path)
    return Error{Errc::usage, "the socket path is too long: " + fresh};
  std::memcpy(address.sun_path, fresh.c_str(), fresh.size() + 1);
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return system_error("cannot make a socket", errno);
  ::unlink(fresh.c_str());
  const int bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (bound != 0 || ::chmod(fresh.c_str(), 0600) != 0 || ::listen(fd.get(), SOMAXCONN) != 0 ||
      ::rename(fresh.c_str(), path.c_str()) != 0)
    return system_error("cannot listen on " + path.string(), errno);
  return fd;
}

}  // namespace libre::master
