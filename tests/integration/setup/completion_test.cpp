// Completion as bash, zsh and fish themselves carry it out.
#include <doctest/doctest.h>

#include "base/text.hpp"
#include "support/evidence.hpp"

using namespace libre;
using namespace libre::testing;

namespace {

// A laptop whose shells find this build's `re` on the PATH and its completions in files.
struct Keyboard {
  Laptop laptop;
  Keyboard() {
    const auto path = built_re().parent_path().string() + ":" + std::getenv("PATH");
    laptop.home.set["PATH"] = path;
    laptop.home.set["TERM"] = "dumb";
    for (const char* shell : {"bash", "zsh", "fish"})
      laptop.home.write(std::string("completion.") + shell, laptop.re({"completion", shell}).out);
    laptop.home.write(".recompute.conf",
                      "[instance 0]\nname = gpu-big\nhost = 127.0.0.1\n[instance 1]\nhost = cpu\n");
    std::filesystem::permissions(laptop.home / ".recompute.conf", std::filesystem::perms(0600));
  }
  std::string file(const char* shell) const {
    return (laptop.home / (std::string("completion.") + shell)).string();
  }
  std::string run(std::vector<std::string> argv) const {
    const auto output = laptop.home.run(std::move(argv), laptop.project());
    CHECK_MESSAGE(output.err.empty(), output.err);
    return output.out;
  }
  // What bash would offer; `words` as bash cuts them, the last one is completed.
  std::string bash(const std::string& words) const {
    return run({"bash", "--norc", "-c",
                "source " + file("bash") + "; COMP_WORDS=(" + words +
                    "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _re; "
                    "printf '%s\\n' \"${COMPREPLY[@]}\""});
  }
  std::string fish(const std::string& line) const {
    return run({"fish", "--no-config", "-c",
                "source " + file("fish") + "; complete -C " + shell_quote(line)});
  }
  // A real zsh on a pseudo terminal: types `line`, presses Tab, and returns what is then shown, up to
  // `wanted`. The word after "READY" is what zsh prints when it has begun.
  std::string zsh(const std::string& line, const std::string& wanted) const {
    const std::string script =
        "zmodload zsh/zpty; zpty box 'zsh -f -i'\n"
        "zpty -w box 'PS1=; unsetopt prompt_cr prompt_sp; autoload -U compinit; compinit -u -D; "
        "source " +
        file("zsh") + "; print RE''ADY'\n" + "zpty -r box out '*READY*'\n" + "zpty -w -n box " +
        shell_quote(line) + "$'\\t'\n" + "zpty -r box out " + shell_quote("*" + wanted + "*") +
        "\nprint -r -- \"$out\"; zpty -d box\n";
    return run({"timeout", "40", "zsh", "-f", "-c", script});
  }
};

}  // namespace

TEST_CASE("bash completes commands, options, values and instances") {
  const Keyboard keyboard;
  CHECK(keyboard.bash("re asy") == "async\n");
  CHECK(contains(keyboard.bash("re log --fol"), "--follow\n"));
  CHECK(keyboard.bash("re list --instance gpu") == "gpu-big\n");
  CHECK(keyboard.bash("re list --color = al") == "always\n");
  CHECK(keyboard.bash("re conf set general.i") == "general.instance\n");
  keyboard.laptop.home.write("work/one file.py", "");
  CHECK(keyboard.bash("re push one") == "one file.py\n");
}

TEST_CASE("fish completes the same, with what each of them means") {
  const Keyboard keyboard;
  CHECK(keyboard.fish("re asy").starts_with("async\t"));
  CHECK(contains(keyboard.fish("re list --instance gpu"), "gpu-big\t127.0.0.1"));
  CHECK(keyboard.fish("re list --color=al") == "--color=always\n");
  keyboard.laptop.home.write("work/one file.py", "");
  CHECK(contains(keyboard.fish("re push on"), "one file.py"));
}

TEST_CASE("zsh completes at a real prompt") {
  const Keyboard keyboard;
  CHECK(contains(keyboard.zsh("re asy", "re async "), "re async "));
  CHECK(contains(keyboard.zsh("re doctor gpu", "gpu-big "), "gpu-big "));
}

TEST_CASE(
    "jobs and paths over there are completed while a connection is open, and Tab never logs in") {
  const Keyboard keyboard;
  const auto& laptop = keyboard.laptop;
  const auto logins = [&] {
    return count_of(const_cast<Laptop&>(laptop).server().log(), "Accepted ");
  };
  laptop.home.write("work/a", "a");
  laptop.init();
  const auto job = laptop.submit({"mkdir -p results/deep; echo x >'results/a b.txt'"});
  REQUIRE(laptop.re({"log", "-f", job}).exit.ok());
  const auto before = logins();
  CHECK(contains(keyboard.bash("re kill 1"), "1\n"));
  CHECK(keyboard.bash("re pull res") == "results/\n");
  CHECK(keyboard.bash("re pull results/") == "results/a\\ b.txt\nresults/deep/\n");
  CHECK(contains(keyboard.fish("re log "), "1\tsucceeded"));
  CHECK(logins() == before);

  REQUIRE(laptop.re({"master", "stop"}).exit.ok());
  CHECK(trim(keyboard.bash("re kill 1")).empty());
  CHECK(trim(keyboard.bash("re pull res")).empty());
  CHECK(logins() == before);
}
