#include <cstdio>
#include <cstdlib>

#include "base/files.hpp"
#include "bridge.hpp"
#include "serve.hpp"
#include "start.hpp"
#include "verbs.hpp"

namespace libre::agent {
namespace {

int number(const std::string& text, int fallback) {
  return text.empty() ? fallback : std::atoi(text.c_str());
}

StartOptions start_options(std::map<std::string, std::string>& options) {
  StartOptions start{.root = options["root"]};
  const char* idle = std::getenv("RE_AGENT_IDLE");
  start.idle_seconds = number(options["idle"], number(idle ? idle : "", start.idle_seconds));
  return start;
}

// One line after the caller's marker: the caller skips whatever a login shell printed before it.
void say(const std::string& marker, const std::string& kind, const std::string& text) {
  (void)write_all(1, marker + " " + kind + (text.empty() ? "" : " " + text) + "\n");
}

}  // namespace

int serve_verb(const std::vector<std::string>& arguments) {
  auto options = read_options(arguments, {"root", "idle", "ready-fd"});
  if (!options) return usage("re-agent serve [--root DIR] [--idle SECONDS] [--ready-fd N]");
  const auto served = serve({.root = (*options)["root"],
                             .idle_limit = std::chrono::seconds(number((*options)["idle"], 60)),
                             .ready_fd = number((*options)["ready-fd"], -1)});
  if (!served) std::fprintf(stderr, "%s\n", served.error().describe().c_str());
  return served ? 0 : 1;
}

int start_verb(const std::vector<std::string>& arguments) {
  auto options = read_options(arguments, {"root", "idle", "marker"});
  if (!options) return usage("re-agent start [--root DIR] [--idle SECONDS] [--marker TEXT]");
  const auto started = start(start_options(*options));
  if (started)
    say((*options)["marker"], "agent", to_json(started->facts));
  else
    say((*options)["marker"], "error", to_json(started.error()));
  return started ? 0 : 1;
}

int connect_verb(const std::vector<std::string>& arguments) {
  auto options = read_options(arguments, {"root", "idle", "marker"});
  if (!options) return usage("re-agent connect [--root DIR] [--idle SECONDS] [--marker TEXT]");
  const auto started = start(start_options(*options));
  if (!started) {
    say((*options)["marker"], "error", to_json(started.error()));
    return 1;
  }
  say((*options)["marker"], "stream", {});
  return bridge_stdio(*started->stream) ? 0 : 1;
}

std::optional<std::map<std::string, std::string>> read_options(
    const std::vector<std::string>& words, const std::vector<std::string>& names) {
  std::map<std::string, std::string> options;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    bool known = false;
    for (const auto& name : names) known |= words[i] == "--" + name;
    if (!known || i + 1 == words.size()) return std::nullopt;
    options[words[i].substr(2)] = words[i + 1];
  }
  return options;
}

}  // namespace libre::agent
