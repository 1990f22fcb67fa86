#include <doctest/doctest.h>

#include <libre/text.hpp>

#include "cli/commands/submit.hpp"
#include "cli/parser.hpp"
#include "cli/run.hpp"

namespace {

struct Line {
  cli::Globals globals{};
  cli::Parser parser{globals};
  Line() { cli::add_commands(parser); }
  libre::Result<cli::Parser::Choice> parse(std::vector<std::string> words) {
    return parser.parse(std::move(words));
  }
};

// A parser with one command that takes a command.
struct Submit {
  cli::Globals globals{};
  cli::Parser parser{globals};
  cli::SubmitArgs args{};
  Submit() { cli::add_submit_options(parser.add("sync", ""), args); }
};

std::string hint(std::vector<std::string> words) {
  Line line;
  const auto choice = line.parse(std::move(words));
  REQUIRE(!choice);
  CHECK(choice.error().code == libre::Errc::usage);
  return choice.error().hint;
}

}  // namespace

TEST_CASE("Every command of the manual is there and its help has an example") {
  Line line;
  for (const char* name : {"conf", "sshadd", "init", "rsync", "watch", "sync", "async", "log",
                           "list", "kill", "purge", "push", "pull", "ssh", "man"}) {
    CAPTURE(name);
    const auto choice = line.parse({name, "--help"});
    REQUIRE(choice);
    REQUIRE(choice->command);
    CHECK(choice->help);
    CHECK(choice->command->help().find(std::string("  re ") + name) != std::string::npos);
    CHECK(choice->command->body());
  }
}

TEST_CASE("Options of every command stand before and after it") {
  for (const bool before : {true, false}) {
    Line line;
    const std::vector<std::string> globals = {"--instance", "gpu",    "--remote-home=x/", "-v",
                                              "-q",         "--json", "--color",          "never",
                                              "--timeout",  "3"};
    std::vector<std::string> words = globals;
    words.insert(before ? words.end() : words.begin(), "list");
    REQUIRE(line.parse(words));
    CHECK(line.globals.instance == "gpu");
    CHECK(line.globals.remote_home == "x/");
    CHECK(line.globals.json);
    CHECK(line.globals.quiet);
    CHECK(line.globals.verbose);
    CHECK(line.globals.color == "never");
    CHECK(line.globals.timeout == 3);
  }
}

TEST_CASE("What is not known gets the nearest that is") {
  CHECK(hint({"lst"}) == "did you mean re list?");
  CHECK(hint({"list", "--jsn"}) == "did you mean --json?");
  CHECK(hint({"log", "--folow"}) == "did you mean --follow?");
  CHECK(hint({"rsync", "--froce"}) == "did you mean --force?");
  CHECK(hint({"list", "--loop=3"}) == "re list --help");
  CHECK(hint({"list", "stray"}) == "re list --help");
  CHECK(hint({"log", "--loop", "often"}) == "re log --help");
}

TEST_CASE("Words behind -- are the command, byte for byte") {
  Submit submit;
  REQUIRE(submit.parser.parse(
      {"sync", "--name", "n", "--", "prog", "--name", "--", "[a,b]", "", "--help"}));
  CHECK(submit.args.words ==
        std::vector<std::string>{"prog", "--name", "--", "[a,b]", "", "--help"});
  CHECK(submit.args.name == "n");
  CHECK(cli::job_spec(submit.args)->argv == submit.args.words);
}

TEST_CASE("One line goes to the shell, wherever our options stand") {
  Submit submit;
  REQUIRE(submit.parser.parse({"sync", "python3 x.py --lr 1", "--name", "n", "--no-rsync", "--env",
                               "A=b=c", "--env", "D="}));
  const auto spec = cli::job_spec(submit.args);
  REQUIRE(spec);
  CHECK(spec->command == "python3 x.py --lr 1");
  CHECK(spec->argv.empty());
  CHECK(!submit.args.bring);
  CHECK(spec->environment.at("A") == "b=c");
  CHECK(spec->environment.at("D").empty());
}

TEST_CASE("Several words without -- are argv, with the options among them") {
  const auto argv = [](std::vector<std::string> words) {
    Submit submit;
    words.insert(words.begin(), {"sync", "--name", "n"});
    REQUIRE(submit.parser.parse(words));
    CHECK(submit.args.name == "n");
    return cli::job_spec(submit.args)->argv;
  };
  using Words = std::vector<std::string>;
  for (const auto& words :
       {Words{"ls", "[ab]", "log"}, Words{"ls", "-l"}, Words{"python3", "x.py", "--name", "other"},
        Words{"ls", "-l", "--", "-x"}, Words{"ls", "--json", "-l", "--help"}})
    CHECK(argv(words) == words);
}

TEST_CASE("Options of ours may follow one word, and one quoted line") {
  for (const char* line : {"ls", "ls -l"}) {
    Submit submit;
    REQUIRE(submit.parser.parse({"sync", line, "--no-rsync", "--name=n", "-q", "--env", "A=1"}));
    CHECK(cli::job_spec(submit.args)->command == line);
    CHECK(submit.args.name == "n");
    CHECK(!submit.args.bring);
    CHECK(submit.globals.quiet);
  }
  Submit mixed, unknown;
  const auto refused = mixed.parser.parse({"sync", "ls -l", "--name", "n", "more"});
  REQUIRE(!refused);
  CHECK(refused.error().hint.find("--") != std::string::npos);
  CHECK(!unknown.parser.parse({"sync", "ls -l", "--lr", "1"}));
}

TEST_CASE("A value that is also the name of a command is a value") {
  Submit submit;
  submit.parser.add("list", "");
  REQUIRE(submit.parser.parse({"--instance", "list", "sync", "ls", "-l"}));
  CHECK(submit.globals.instance == "list");
  CHECK(submit.args.words == std::vector<std::string>{"ls", "-l"});
}

TEST_CASE("A missing command and a bad --env are usage errors") {
  CHECK(cli::job_spec({}).error().code == libre::Errc::usage);
  cli::SubmitArgs args;
  args.words = {"ls"};
  args.environment = {"NOVALUE"};
  CHECK(cli::job_spec(args).error().code == libre::Errc::usage);
}
