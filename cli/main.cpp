// re: the front of libre.
#include <malloc.h>

#include <cstdio>
#include <cstring>

#include <libre/version.hpp>

#include "cli/run.hpp"

int main(int argc, char** argv) {
  // Before anything else is built: scripts ask this often.
  if (argc == 2 && std::strcmp(argv[1], "--version") == 0)
    return std::printf("re %s\n", libre::version) > 0 ? 0 : 1;
  // What was large goes back to the system: glibc would keep up to 32 MB from the second time on.
  ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 20);
  return cli::run({argv + 1, argv + argc});
}
