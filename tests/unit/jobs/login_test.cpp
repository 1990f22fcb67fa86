#include <doctest/doctest.h>
#include <unistd.h>

#include "base/files.hpp"
#include "world.hpp"

using namespace libre;
using namespace libre::jobs;
using namespace libre::jobs::testing;
namespace fs = std::filesystem;

namespace {

struct Shell {
  std::string program;   // "" of busybox: made as a link in the home
  std::string rc;        // the file that interactive or login shells of this kind read
  std::string set_path;  // in its language
};

const std::vector<Shell> shells = {
    {"/bin/bash", ".bashrc", "case $- in *i*) ;; *) return;; esac\nexport PATH=$HOME/mine:$PATH\n"},
    {"/usr/bin/zsh", ".zshrc", "export PATH=$HOME/mine:$PATH\n"},
    {"/usr/bin/fish", ".config/fish/config.fish", "set -gx PATH $HOME/mine $PATH\n"},
    {"/usr/bin/tcsh", ".tcshrc", "setenv PATH ${HOME}/mine:${PATH}\n"},
    {"/bin/dash", ".profile", "export PATH=$HOME/mine:$PATH\n"},
    {"busybox", ".profile", "export PATH=$HOME/mine:$PATH\n"},
};

void write_file(const fs::path& path, const std::string& text, unsigned mode = 0644) {
  REQUIRE(make_directories(path.parent_path()));
  REQUIRE(write_file_atomic(path, text, mode));
}

// A world whose user has `shell`, with `extra` in its rc file, and a program in ~/mine.
struct Login {
  Login(const Shell& shell, const std::string& extra) : world(path_of(shell)) {
    if (shell.program == "busybox") fs::create_symlink("/bin/busybox", path_of(shell));
    write_file(world.home() / shell.rc,
               "echo noise; echo more noise >&2\n" + shell.set_path + extra);
    if (shell.rc == ".bashrc")
      write_file(world.home() / ".bash_profile", "echo profile noise\n. ~/.bashrc\n");
    write_file(world.home() / "mine/greet", "#!/bin/sh\necho hello \"$@\"\n", 0755);
  }
  ~Login() {
    if (made) fs::remove_all(link().parent_path());
  }
  static fs::path link() {
    return fs::temp_directory_path() / ("re-jobs-shell-" + std::to_string(::getpid())) / "ash";
  }
  std::string path_of(const Shell& shell) {
    if (shell.program != "busybox") return shell.program;
    made = true;
    (void)make_directories(link().parent_path());
    fs::remove(link());
    return link().string();
  }
  bool made = false;
  World world;
};

}  // namespace

TEST_CASE("a job finds what the user's rc file puts on PATH, and the log has none of its noise") {
  for (const Shell& shell : shells) {
    CAPTURE(shell.program);
    REQUIRE((shell.program == "busybox" || fs::exists(shell.program)));
    Login login(shell, "");
    const auto words = login.world.submit({.argv = {"greet", "a b"}});
    const auto line = login.world.submit({.command = "greet 'c  d'"});
    CHECK(login.world.wait_end(words.id).end->spawn_error == "");
    CHECK(login.world.wait_end(line.id).end->shell_code() == 0);
    CHECK(login.world.log(words.id) == "hello a b\n");
    if (shell.program != "/usr/bin/fish")
      CHECK(login.world.log(line.id) == "hello c  d\n");
    else
      CHECK(login.world.log(line.id).ends_with("hello c  d\n"));  // fish reads config.fish always
  }
}

TEST_CASE("a job runs although the user's rc file execs another shell") {
  for (const Shell& shell : shells) {
    CAPTURE(shell.program);
    Login login(shell, "exec /bin/sh\n");
    const auto job = login.world.submit({.command = "echo it; exit 4"});
    CHECK(login.world.wait_end(job.id).end->shell_code() == 4);
    CHECK(login.world.log(job.id) == "it\n");
  }
}

TEST_CASE("a command that is one string is read by the user's shell") {
  World bash("/bin/bash");
  CHECK(bash.run("[[ abc == a* ]] && echo ${BASH_VERSION:+bash}") == "bash\n");
  World zsh("/usr/bin/zsh");
  CHECK(zsh.run("a=(x y z); echo $a[2]") == "y\n");
}

TEST_CASE("a job's own shell is used instead of the login shell, for its environment too") {
  World world("/bin/sh");
  write_file(world.home() / ".zshrc", "export FROM_ZSHRC=yes\n");
  for (const std::string shell : {"/usr/bin/zsh", "zsh"}) {
    const auto job =
        world.submit({.command = "a=(x y z); echo $a[2] $FROM_ZSHRC $SHELL", .shell = shell});
    CHECK(world.wait_end(job.id).end->shell_code() == 0);
    CHECK(world.log(job.id) == "y yes /usr/bin/zsh\n");
  }
  const auto job = world.submit({.command = "true", .shell = "/no/such/shell"});
  const auto ended = world.wait_end(job.id);
  CHECK(ended.state == JobState::failed);
  CHECK(ended.end->spawn_error.find("/no/such/shell") != std::string::npos);
}

TEST_CASE(
    "a shell that is not there falls back to sh, and a variable of only this login stays out") {
  World world("/no/such/shell");
  CHECK(world.run("echo ok") == "ok\n");
}

TEST_CASE("a profile that leaves a daemon with its output open does not hold up the job") {
  World world("/bin/bash");
  REQUIRE(write_file_atomic(world.home() / ".bash_profile",
                            "setsid sleep 3 &\nexport FROM_PROFILE=1\n"));
  const auto begin = std::chrono::steady_clock::now();
  CHECK(world.run("echo $FROM_PROFILE") == "1\n");
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(2500));
}

TEST_CASE("the environment is read back exactly, whatever surrounds it") {
  const Variables variables = {"A=1", "B=x\ny", "C=", "D=\xff"};
  const auto text = print_environment("MARK", variables);
  CHECK(parse_environment("MARK", "noise MARK \n" + text + "more") == variables);
  CHECK_FALSE(parse_environment("MARK", text.substr(0, text.size() - 2)));
  CHECK_FALSE(parse_environment("OTHER", text));
}
