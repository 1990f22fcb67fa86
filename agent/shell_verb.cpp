// `re-agent shell DIRECTORY-IN-BASE64`: becomes the user's login shell in a directory. The directory
// comes encoded because every login shell reads base64 as one plain word.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/text.hpp"
#include "verbs.hpp"

namespace libre::agent {

int shell_verb(const std::vector<std::string>& arguments) {
  std::string directory;
  if (arguments.size() != 1 || !base64_decode(arguments[0], directory))
    return usage("re-agent shell DIRECTORY-IN-BASE64");
  if (!directory.empty() && ::chdir(directory.c_str()) != 0)
    std::fprintf(stderr, "re: %s: %s; you are in your home directory\n",
                 printable(directory).c_str(), std::strerror(errno));
  else
    ::setenv("PWD", directory.c_str(), 1);
  const char* shell = std::getenv("SHELL");
  if (!shell || !*shell) shell = "/bin/sh";
  const char* slash = std::strrchr(shell, '/');
  const std::string login_name =
      std::string("-") + (slash ? slash + 1 : shell);  // the dash makes it a login shell
  ::execl(shell, login_name.c_str(), static_cast<char*>(nullptr));
  std::fprintf(stderr, "re: cannot run %s: %s\n", shell, std::strerror(errno));
  return 127;
}

}  // namespace libre::agent
