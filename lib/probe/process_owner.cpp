#include "probe/process_owner.hpp"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "base/files.hpp"
#include "base/text.hpp"

namespace libre::probe {
namespace {

constexpr std::size_t longest_command = 200;

// Without NSS, which a static program cannot load; who is only in LDAP is shown by number.
std::string user_name(uid_t uid) {
  const char* own = uid == ::getuid() ? std::getenv("USER") : nullptr;
  if (own && *own) return own;
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen("/etc/passwd", "re"), &std::fclose);
  while (const passwd* entry = file ? ::fgetpwent(file.get()) : nullptr)
    if (entry->pw_uid == uid) return entry->pw_name;
  return std::to_string(uid);
}

std::string command_line(const std::string& folder) {
  auto text = read_file(folder + "/cmdline", 1u << 20);
  if (!text || text->empty()) return {};
  std::replace(text->begin(), text->end(), '\0', ' ');
  return std::string(trim(*text)).substr(0, longest_command);
}

}  // namespace

void describe_process(GpuUser& user) {
  const std::string folder = "/proc/" + std::to_string(user.pid);
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) return;
  user.user = user_name(status.st_uid);
  if (auto command = command_line(folder); !command.empty()) user.command = std::move(command);
}

}  // namespace libre::probe
