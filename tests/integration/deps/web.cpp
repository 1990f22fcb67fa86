#include "web.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>

#include <stdexcept>

#include "base/text.hpp"

namespace libre::testing {
namespace {

// Debian's own, which the machine of the tests has; whatever else is first on PATH.
constexpr char python[] = "/usr/bin/python3";
std::string script() { return std::string(LIBRE_SOURCE_DIR) + "/tests/integration/deps/web.py"; }

}  // namespace

Web::Web() {
  const auto file = home_ / "port";
  const Fd out(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  pid_ = home_.start({python, script(), home_.path().string()}, {}, -1, out.get());
  if (!eventually([&] { return home_.read("port").ends_with("\n"); }))
    throw std::runtime_error("the web server does not start");
  port_ = std::stoi(home_.read("port"));
}

Web::~Web() {
  ::kill(pid_, SIGKILL);
  (void)wait_exit(pid_, {});
}

std::string Web::url(std::string_view path) const {
  return fmt::format("http://127.0.0.1:{}{}", port_, path);
}

void Web::add_wheel(const std::string& name, const std::string& version,
                    const std::vector<std::string>& requirements) const {
  std::vector<std::string> argv = {python, script(), "--wheel", home_.path().string(),
                                   name,   version};
  argv.insert(argv.end(), requirements.begin(), requirements.end());
  checked_run(argv);
}

void Web::cut_after(std::uint64_t bytes) const {
  if (bytes > 0)
    write(".cut", std::to_string(bytes));
  else
    std::filesystem::remove(home_ / ".cut");
}

}  // namespace libre::testing
