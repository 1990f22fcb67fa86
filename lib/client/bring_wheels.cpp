// --via-laptop: what a machine without a way to the internet installs is fetched here.
#include <fmt/format.h>
#include <signal.h>

#include <array>
#include <charconv>
#include <functional>

#include "base/files.hpp"
#include "base/process.hpp"
#include "base/stream.hpp"
#include "base/text.hpp"
#include "client/environment_job.hpp"
#include "deps/environment/machine.hpp"
#include "deps/install_reason.hpp"
#include "deps/wheel_tags.hpp"
#include "sync/remote_endpoint.hpp"
#include "sync/transfer.hpp"

namespace libre::client {

namespace fs = std::filesystem;

namespace {

Result<void> check(const Dependencies& wanted) {
  const bool plain = wanted.source == DependencySource::requirements ||
                     wanted.source == DependencySource::generated ||
                     wanted.source == DependencySource::nothing;
  if (plain && !wanted.empty()) return {};
  return Error{
      Errc::unsupported, "--via-laptop needs a requirements.txt",
      fmt::format("this project says what it needs in another way ({})", name_of(wanted.source)),
      "write one: uv export > requirements.txt, or python3 -m pip freeze > requirements.txt"};
}

// `folder`/asked/… as the instance has them, so that files find those that they include.
Result<std::vector<std::string>> write_asked(const fs::path& folder, const Dependencies& wanted) {
  std::vector<std::string> options;
  for (const auto& [name, content] : wanted.files) {
    const auto file = folder / "asked" / name;
    LIBRE_CHECK(make_directories(file.parent_path()));
    LIBRE_CHECK(write_file_atomic(file, content, 0644));
    if (name == "requirements.txt" || name == "packages.txt")
      options.insert(options.end(), {"-r", file.string()});
  }
  return options;
}

// Runs a program, and tells what it prints while it runs: pip fetches for minutes, and says what.
Result<Exit> run_told(const std::vector<std::string>& argv, const fs::path& directory,
                      const Wait& wait, const std::function<Result<void>(std::string_view)>& tell) {
  LIBRE_TRY(auto pipe, make_pipe());
  LIBRE_TRY(const auto pid, spawn({.argv = argv,
                                   .directory = directory,
                                   .out = pipe.second.get(),
                                   .err = pipe.second.get(),
                                   .new_session = true}));
  pipe.second.reset();
  FdStream output(std::move(pipe.first), Fd());
  const auto told = [&]() -> Result<void> {
    std::array<std::byte, 16 * 1024> buffer;
    for (;;) {
      LIBRE_TRY(const auto got, output.read(buffer, wait));
      if (got == 0) return {};
      LIBRE_CHECK(tell(as_text(std::span(buffer).first(got))));
    }
  }();
  if (!told) ::kill(-pid, SIGKILL);
  const auto exit = wait_exit(pid, {});
  LIBRE_CHECK(told);
  return exit;
}

Result<void> fetch(Link& link, const Project& project, const fs::path& wheels,
                   const deps::PythonFacts& there, std::vector<std::string> what,
                   const LogSink& sink) {
  LIBRE_TRY(const auto here, deps::look_at_machine(jobs::own_variables(), {}, link.wait_forever()));
  if (here.python.pip.empty())
    return Error{Errc::unsupported, "--via-laptop needs pip on this machine",
                 "python3 -m pip is not there", "install python3-pip here"};
  std::vector<std::string> argv = {here.python.program, "-m", "pip"};
  const auto how = deps::fetch_words(here.python, there, wheels.string());
  argv.insert(argv.end(), how.begin(), how.end());
  if (const auto& index = link.instance().index_url; !index.empty())
    argv.insert(argv.end(), {"--index-url", index});
  argv.insert(argv.end(), what.begin(), what.end());
  if (auto* observer = link.options().observer)
    observer->notice(
        fmt::format("fetching wheels here, for Python {} on {}", there.version, there.machine));
  std::string text;
  LIBRE_TRY(const auto exit, run_told(argv, project.root, link.wait_forever(),
                                      [&](std::string_view piece) -> Result<void> {
                                        text += piece;
                                        return sink ? sink({.bytes = std::string(piece)})
                                                    : Result<void>();
                                      }));
  if (exit.ok()) return {};
  return Error{
      Errc::io, "this machine cannot fetch what the project needs there",
      deps::install_reason(text),
      "a package without a wheel for that machine cannot be brought; name another version"};
}

}  // namespace

Result<std::string> bring_wheels(Link& link, const Project& project, const Dependencies& wanted,
                                 const std::string& facts, const std::string& place,
                                 const LogSink& sink) {
  LIBRE_CHECK(check(wanted));
  LIBRE_TRY(const auto there, from_json<deps::PythonFacts>(facts));
  // Kept until they have arrived: a second attempt need not fetch again.
  const auto folder = project.state_directory() / "wheels";
  const auto wheels = folder / wanted.id;
  LIBRE_CHECK(make_directories(wheels));
  LIBRE_TRY(auto what, write_asked(folder, wanted));
  LIBRE_CHECK(fetch(link, project, wheels, there, std::move(what), sink));
  if (link.instance().local) return wheels.string();
  const sync::MirrorSpec target{
      .path = place + "/wheels", .project_id = project.id, .project_name = project.name};
  LIBRE_CHECK(link.repeat(link.stream_patience(), [&](rpc::Connection& connection) {
    sync::RemoteEndpoint endpoint(connection);
    return sync::push_files(endpoint, target, project.root, {wheels.string() + "/"},
                            wanted.id + "/", link.options().observer, link.wait_forever());
  }));
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  return target.path + "/" + wanted.id;
}

}  // namespace libre::client
