#include "project_world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/paths.hpp"
#include "support/programs.hpp"

namespace libre::testing {
namespace fs = std::filesystem;

void configure(const Laptop& laptop, const Web& web, const std::string& python) {
  const auto& server = const_cast<Laptop&>(laptop).server();
  laptop.home.write(
      ".recompute.conf",
      fmt::format("[general]\nindex_url = {}\n[instance 0]\nname = box\nhost = testbox\n"
                  "username = {}\npython = {}\n",
                  web.index(), server.user(), python));
}

Output init(const Laptop& laptop) { return laptop.re({"init", "--instance", "box"}); }

void give_uv(const Laptop& laptop) {
  put_program(laptop, "uv", R"sh(#!/bin/sh
echo "$*" >> ~/uv.log
case "$1 $2" in
  "venv "*) for last; do :; done; exec /usr/bin/python3 -m venv --without-pip "$last" ;;
  "pip install") python=$4; shift 4; exec /usr/bin/python3 -m pip --python "$python" install "$@" ;;
  "sync --frozen") cp "$5/uv.lock" "$UV_PROJECT_ENVIRONMENT/locked" ;;
  *) exit 9 ;;
esac
)sh");
}

fs::path environments(const Laptop& laptop) {
  return laptop.remote_home() / ".local/state/re" / host_name() / "environments";
}

std::vector<std::string> names_of_environments(const Laptop& laptop) {
  std::vector<std::pair<int, std::string>> numbered;  // by the jobs that made them
  std::error_code none;
  for (const auto& project : fs::directory_iterator(environments(laptop), none))
    for (const auto& entry : fs::directory_iterator(project, none)) {
      const auto name = entry.path().filename().string();
      if (!entry.is_directory() || name == "asked" || name == "wheels") continue;
      numbered.emplace_back(std::atoi(name.substr(name.find('.') + 1).c_str()), name);
    }
  std::ranges::sort(numbered);
  std::vector<std::string> names;
  for (auto& [job, name] : numbered) names.push_back(std::move(name));
  return names;
}

}  // namespace libre::testing
