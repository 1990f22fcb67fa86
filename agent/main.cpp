// re-agent: what `re` runs on an instance. People never need to call it; `re-agent version` tells
// them what it is.
#include <cstdio>
#include <map>

#include <libre/version.hpp>

#include "verbs.hpp"

namespace libre::agent {

int usage(const char* text) {
  std::fprintf(stderr, "usage: %s\n", text);
  return 2;
}

namespace {

int print_version(const std::vector<std::string>&) {
  std::printf("re-agent %s\n", libre::version);
  return 0;
}

int run(const std::vector<std::string>& words) {
  using Verb = int (*)(const std::vector<std::string>&);
  const std::map<std::string, Verb> verbs = {
      {"connect", connect_verb},
      {"download", download_verb},
      {"environment", environment_verb},
      {"print-environment", print_environment},
      {"serve", serve_verb},
      {"shell", shell_verb},
      {"start", start_verb},
      {"supervise", supervise},
      {"version", print_version},
  };
  const auto verb = words.empty() ? verbs.end() : verbs.find(words.front());
  if (verb == verbs.end())
    return usage(
        "re-agent "
        "connect|download|environment|print-environment|serve|shell|start|supervise|version "
        "…");
  return verb->second({words.begin() + 1, words.end()});
}

}  // namespace
}  // namespace libre::agent

int main(int argc, char** argv) { return libre::agent::run({argv + 1, argv + argc}); }
