// re notebook with a real Jupyter, re tensorboard with a program that looks like it.
#include <doctest/doctest.h>

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>

#include <fstream>

#include "base/files.hpp"
#include "base/text.hpp"
#include "support/programs.hpp"
#include "support/terminal.hpp"
#include "world.hpp"

using namespace libre;
using namespace libre::testing;
namespace fs = std::filesystem;

namespace {

// "http://localhost:8888/?token=abc" → the port, and the token.
int port_in(const std::string& url) { return std::atoi(url.c_str() + url.find(':', 5) + 1); }
std::string token_in(const std::string& url) {
  const auto at = url.find("?token=");
  return at == std::string::npos ? "" : std::string(trim(url.substr(at + 7)));
}

// The status of GET path; 0 where nobody answers.
int status_of(int port, const std::string& path) {
  try {
    const auto stream = dial(port);
    const Wait wait{Deadline::after(std::chrono::seconds(20))};
    const auto request = fmt::format("GET {} HTTP/1.0\r\nHost: localhost:{}\r\n\r\n", path, port);
    if (!stream->write(as_bytes(request), wait)) return 0;
    const auto begin = read_exactly(*stream, 12, wait);
    return begin ? std::atoi(begin->c_str() + 9) : 0;
  } catch (const std::exception&) {
    return 0;
  }
}

std::string url_in(const std::string& json) {
  const auto at = json.find("\"url\":\"") + 7;
  return json.substr(at, json.find('"', at) - at);
}

// Whether any process of the machine or the laptop has `text` among its arguments.
bool in_arguments(const World& world, const std::string& text) {
  for (const auto& home : {world.laptop.home.path(), world.laptop.remote_home()})
    for (const pid_t pid : processes_of(home))
      if (contains(read_file(fs::path("/proc") / std::to_string(pid) / "cmdline").value_or(""),
                   text))
        return true;
  return false;
}

// Whether any file below `directory` but the one of the token has `text` in it.
bool in_files(const fs::path& directory, const std::string& text) {
  std::error_code failure;
  for (const auto& entry : fs::recursive_directory_iterator(directory, failure))
    if (entry.is_regular_file(failure) && entry.path().extension() != ".token" &&
        !contains(entry.path().string(), "/jupyter/runtime/") &&
        contains(read_file(entry.path()).value_or(""), text))
      return true;
  return false;
}

// Login shells put ~/.local/bin on PATH by this, as Debian's own do.
void use_local_bin(const World& world) {
  for (const char* name : {".profile", ".bash_profile"})
    if (!write_file_atomic(world.laptop.remote_home() / name, "PATH=\"$HOME/.local/bin:$PATH\"\n",
                           0644))
      throw std::runtime_error("cannot write a profile");
}

}  // namespace

TEST_CASE(
    "Jupyter answers through its port with its token, also after a cut, and ends with its job") {
  const PortTurn turn;
  World world;
  const auto own_port = std::to_string(free_port());
  const auto opened = world.laptop.re({"notebook", "--run-async", "--json", "--port", own_port});
  REQUIRE_MESSAGE(opened.exit.ok(), opened.err);
  const auto url = url_in(opened.out);
  const int port = port_in(url);
  const auto token = token_in(url);
  REQUIRE(token.size() == 48);
  CHECK(status_of(port, "/api") == 200);
  CHECK(status_of(port, "/api/status") == 403);
  CHECK(status_of(port, "/api/status?token=" + token) == 200);
  CHECK_FALSE(in_arguments(world, token));
  CHECK_FALSE(in_files(world.laptop.home.path(), token));
  CHECK_FALSE(in_files(world.laptop.remote_home(), token));

  const auto again = world.laptop.re({"notebook", "--run-async", "--json"});
  CHECK_MESSAGE(again.exit.ok(), again.err);
  CHECK(url_in(again.out) == url);
  world.proxy.cut_all();
  CHECK(eventually([&] { return status_of(port, "/api/status?token=" + token) == 200; }));

  const auto job = std::to_string(number_in(opened.out, "id"));
  CHECK(contains(world.laptop.re({"list", "--json"}).out, "\"kind\":\"notebook\""));
  CHECK(contains(world.laptop.re({"forward", "--list"}).out, "notebook, job " + job));
  CHECK(world.laptop.re({"kill", job}).exit.ok());
  CHECK(eventually([&] {
    return contains(world.laptop.re({"forward", "--list", "--json"}).out, "\"forwards\":[]");
  }));
  CHECK(status_of(port, "/api") == 0);
  CHECK_FALSE(is_running_there(world.laptop, "jupyter"));
}

TEST_CASE(
    "a notebook in the foreground ends with Ctrl-C, and comes back after its forward was killed") {
  const PortTurn turn;
  World world;
  const auto own_port = std::to_string(free_port());
  Running notebook(world.laptop, {"notebook", "--port", own_port});
  REQUIRE(
      eventually([&] { return contains(notebook.out(), "?token="); }, std::chrono::seconds(60)));
  const auto url = std::string(trim(notebook.out()));
  CHECK(status_of(port_in(url), "/api/status?token=" + token_in(url)) == 200);
  notebook.signal(SIGKILL);
  (void)notebook.wait();
  CHECK(status_of(port_in(url), "/api") == 0);
  Running second(world.laptop, {"notebook", "--port", own_port});
  REQUIRE(eventually([&] { return contains(second.out(), "?token="); }, std::chrono::seconds(60)));
  CHECK(std::string(trim(second.out())) == url);
  CHECK(contains(second.err(), "Jupyter goes on as job 1"));
  second.signal(SIGINT);
  CHECK(second.wait().code == 0);
  CHECK(contains(second.err(), "ended Jupyter (job 1)"));
  CHECK_FALSE(is_running_there(world.laptop, "jupyter"));
}

TEST_CASE("where there is no Jupyter, that is said, with the command that installs it") {
  const World world;
  const auto lab = world.laptop.re({"notebook", "--lab", "--no-browser"});
  CHECK(lab.exit.code == 1);
  CHECK_MESSAGE(contains(lab.err, "there is no Jupyter on testbox"), lab.err);
  CHECK(contains(lab.err, "re install jupyterlab"));
  CHECK(contains(world.laptop.re({"list", "--json"}).out, "\"code\":127"));
}

TEST_CASE("tensorboard shows a directory, and one that ends at its start says why") {
  const PortTurn turn;
  World world;
  use_local_bin(world);
  put_program(world.laptop, "tensorboard", page_server);
  world.laptop.home.write("work/runs/index.html", "the page");
  const auto opened = world.laptop.re({"tensorboard", "runs", "--run-async"});
  REQUIRE_MESSAGE(opened.exit.ok(), opened.err);
  CHECK(status_of(port_in(opened.out), "/") == 200);
  CHECK(world.laptop.re({"kill", "1"}).exit.ok());
  put_program(world.laptop, "tensorboard", "#!/bin/sh\necho 'no such luck' >&2\nexit 3\n");
  const auto failed = world.laptop.re({"tensorboard", "runs"});
  CHECK(failed.exit.code == 1);
  CHECK(contains(failed.err, "TensorBoard ended at its start"));
  CHECK(contains(failed.err, "no such luck"));
  CHECK(world.laptop.re({"tensorboard"}).exit.code == 2);
}

TEST_CASE("a port over there that another program takes first makes way for another one") {
  const PortTurn turn;
  World world;
  use_local_bin(world);
  put_program(world.laptop, "page-server", page_server);
  // Begins only when it is told to, the first time.
  put_program(world.laptop, "tensorboard",
              "#!/bin/sh\nif [ -p ~/go ]; then\n  echo \"${3#--port=}\" > ~/new; "
              "mv ~/new ~/port; read -r word < ~/go; rm ~/go\nfi\nexec page-server \"$@\"\n");
  world.laptop.home.write("work/runs/index.html", "the page");
  const auto there = world.laptop.remote_home();
  REQUIRE(::mkfifo((there / "go").c_str(), 0600) == 0);
  Running opened(world.laptop, {"tensorboard", "runs", "--run-async", "--json"});
  REQUIRE(eventually([&] { return fs::exists(there / "port"); }));
  const int taken = std::stoi(read_file(there / "port").value_or("0"));
  (void)world.laptop.home.start(
      {"/usr/bin/python3", "-c",
       "import http.server as s\n"
       "s.HTTPServer(('127.0.0.1', " +
           std::to_string(taken) + "), s.BaseHTTPRequestHandler).serve_forever()"},
      {});
  REQUIRE(eventually([&] { return status_of(taken, "/") == 501; }));
  std::ofstream(there / "go") << "go\n";
  CHECK(opened.wait().ok());
  CHECK(contains(opened.err(), std::to_string(taken) + " on testbox was taken by another program"));
  CHECK(status_of(port_in(url_in(opened.out())), "/") == 200);
  const auto jobs = world.laptop.re({"list", "--json"}).out;
  CHECK(contains(jobs, "\"id\":2"));
  CHECK(world.laptop.re({"kill", "2"}).exit.ok());
}

TEST_CASE("a port here that is in use is said at once, and the one job that was started is ended") {
  const PortTurn turn;
  World world;
  use_local_bin(world);
  put_program(world.laptop, "tensorboard", page_server);
  world.laptop.home.write("work/runs/index.html", "the page");
  const EchoServer echo;
  const auto failed =
      world.laptop.re({"tensorboard", "runs", "--port", std::to_string(echo.port())});
  CHECK(failed.exit.code == 1);
  CHECK_MESSAGE(contains(failed.err, fmt::format("{} is in use here", echo.port())), failed.err);
  CHECK_FALSE(contains(failed.err, "was taken by another program"));
  const auto jobs = world.laptop.re({"list", "--json"}).out;
  CHECK(contains(jobs, "\"id\":1"));
  CHECK_FALSE(contains(jobs, "\"id\":2"));
  CHECK_FALSE(contains(jobs, "\"running\""));
}

TEST_CASE("what is missing is installed into the project's environment where a person says yes") {
  const PortTurn turn;
  World world;
  put_program(world.laptop, "page-server", page_server);
  put_program(world.laptop, "uv", quick_uv);
  world.laptop.home.write("work/runs/index.html", "the page");
  OnTerminal no(world.laptop, {"tensorboard", "runs"});
  REQUIRE_MESSAGE(no.shows("Install tensorboard there now? [y/N]"), no.seen());
  no.type("n\n");
  CHECK(no.end().code == 1);
  CHECK_FALSE(fs::exists(world.laptop.project() / ".recompute/packages"));

  OnTerminal yes(world.laptop, {"tensorboard", "runs"});
  REQUIRE_MESSAGE(yes.shows("Install tensorboard there now? [y/N]"), yes.seen());
  yes.type("y\n");
  REQUIRE_MESSAGE(yes.shows("http://localhost:"), yes.seen());
  REQUIRE(yes.shows("\n"));
  const int port = port_in(yes.seen().substr(yes.seen().find("http://localhost:")));
  CHECK(status_of(port, "/") == 200);
  CHECK(world.laptop.home.read("work/.recompute/packages") == "tensorboard\n");
  CHECK(read_file(world.laptop.remote_home() / "asked").value_or("") == "tensorboard\n");
  yes.type("\x03");
  CHECK(yes.end().code == 0);
  CHECK(contains(world.laptop.re({"list", "--json"}).out, "\"kind\":\"install\""));
}
