// What Tab offers, in each place of a line.
#include "cli/completion/complete.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "cli/completion/scripts.hpp"
#include "cli/manual/pages.hpp"
#include "cli/run.hpp"

using namespace cli;

namespace {

struct TypedLine {
  Globals globals{};
  Parser parser{globals};
  mutable std::vector<std::string> asked{};
  TypedLine() { add_commands(parser); }
  Completion tab(std::vector<std::string> words) const {
    const CompletionSources sources{
        .instances =
            [] {
              return std::vector<Candidate>{{"gpu1", "me@a"}, {"local", "here"}};
            },
        .settings =
            [] {
              return std::vector<Candidate>{{"gpu1.port", "22"}};
            },
        .jobs =
            [] {
              return std::vector<Candidate>{{"12", "running: a\nb"}, {"7", "lost"}};
            },
        .forwards =
            [] {
              return std::vector<Candidate>{{"all", "every"}, {"3", "localhost:80 -> a:80"}};
            },
        .remote_paths =
            [this](const std::string& prefix) {
              asked.push_back(prefix);
              return std::vector<Candidate>{{"results/", ""}, {"results/a b", ""}};
            }};
    return complete(parser, std::move(words), sources);
  }
  std::vector<std::string> texts(std::vector<std::string> words) const {
    std::vector<std::string> result;
    for (const auto& candidate : tab(std::move(words)).candidates) result.push_back(candidate.text);
    return result;
  }
  bool offers(std::vector<std::string> words, const std::string& text) const {
    const auto all = texts(std::move(words));
    return std::count(all.begin(), all.end(), text) == 1;
  }
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("commands come first, those that begin so, and none that is hidden") {
  const TypedLine line;
  CHECK(line.offers({""}, "async"));
  CHECK(line.texts({"asy"}) == Texts{"async"});
  CHECK_FALSE(line.offers({""}, "__complete"));
  CHECK(line.texts({"__c"}).empty());
  CHECK(line.texts({"--instance", "gpu1", "asy"}) == Texts{"async"});
  CHECK(line.tab({"asy"}).candidates[0].help.size() > 5);
}

TEST_CASE("options of the command and of every command, but only where a dash is typed") {
  const TypedLine line;
  CHECK(line.offers({"log", "--fol"}, "--follow"));
  CHECK(line.offers({"log", "--"}, "--instance"));
  CHECK(line.texts({"--js"}) == Texts{"--json"});
  CHECK_FALSE(line.offers({"log", ""}, "--follow"));
}

TEST_CASE("a value is completed behind its option, however the shell cuts the words") {
  const TypedLine line;
  CHECK(line.texts({"list", "--color", "al"}) == Texts{"always"});
  CHECK(line.texts({"list", "--color", "=", "al"}) == Texts{"always"});
  CHECK(line.texts({"list", "--color", "="}) == Texts{"auto", "always", "never"});
  CHECK(line.texts({"list", "--color=al"}) == Texts{"--color=always"});
  CHECK(line.texts({"list", "--instance", "g"}) == Texts{"gpu1"});
  CHECK(line.texts({"list", "--instance=g"}) == Texts{"--instance=gpu1"});
  CHECK(line.tab({"sshadd", "-i", ""}).files);
  CHECK(line.tab({"list", "--remote-home", ""}).directories);
}

TEST_CASE("words are completed by what the command takes") {
  const TypedLine line;
  CHECK(line.texts({"kill", ""}) == Texts{"12", "7"});
  CHECK(line.texts({"kill", "12", "7"}) == Texts{"7"});
  CHECK(line.texts({"log", "1"}) == Texts{"12"});
  CHECK(line.texts({"log", "12", ""}).empty());
  CHECK(line.texts({"doctor", "g"}) == Texts{"gpu1"});
  CHECK(line.texts({"master", "sto"}) == Texts{"stop"});
  CHECK(line.texts({"master", "stop", "gp"}) == Texts{"gpu1"});
  CHECK(line.texts({"conf", "set", "gpu1."}) == Texts{"gpu1.port"});
  CHECK(line.texts({"man", "asy"}) == Texts{"async"});
  CHECK(line.texts({"completion", "z"}) == Texts{"zsh"});
  CHECK(line.tab({"push", ""}).files);
  CHECK(line.texts({"pull", "res"}) == Texts{"results/", "results/a b"});
  CHECK(line.asked == Texts{"res"});
  CHECK(line.tab({"async", "--", "python3", "tr"}).files);
  CHECK(line.tab({"async", "--", "ls", "--instance", ""}).candidates.empty());
}

TEST_CASE("machines are offered to those who ask several, and auto only where one is chosen") {
  const TypedLine line;
  for (const char* command : {"probe", "top"}) {
    CHECK(line.texts({command, ""}) == Texts{"gpu1", "local"});
    CHECK(line.texts({command, "gpu1", "lo"}) == Texts{"local"});
  }
  CHECK(line.texts({"sync", "--instance", ""}) == Texts{"gpu1", "local", "auto"});
  CHECK(line.texts({"async", "--instance=a"}) == Texts{"--instance=auto"});
  CHECK(line.texts({"probe", "a"}).empty());
  CHECK(line.texts({"notebook", "--l"}) == Texts{"--lab"});
}

TEST_CASE("forwards are offered behind --stop, and directories over there to TensorBoard") {
  const TypedLine line;
  CHECK(line.texts({"forward", "--stop", ""}) == Texts{"all", "3"});
  CHECK(line.texts({"forward", "--stop", "3", ""}).empty());
  CHECK(line.texts({"forward", ""}).empty());
  CHECK(line.texts({"tensorboard", "res"}) == Texts{"results/"});
  CHECK(line.asked == Texts{"res"});
}

TEST_CASE("where a word is an address, a package or a port nothing is made up") {
  const TypedLine line;
  for (const char* command : {"data", "forward", "install", "notebook"}) {
    CAPTURE(command);
    CHECK(render(line.tab({command, ""})).empty());
  }
}

TEST_CASE("what is offered is one line each, whatever a job is called") {
  const TypedLine line;
  CHECK(render(line.tab({"kill", ""})) == "12\trunning: a\n7\tlost\n");
  CHECK(render(line.tab({"push", ""})) == ":files\n");
}

TEST_CASE("no line, however odd, breaks the completion") {
  const TypedLine line;
  for (const auto& words : std::vector<Texts>{{},
                                              {"--"},
                                              {"nonsense", "--x", ""},
                                              {"="},
                                              {"--instance"},
                                              {"--instance", "="},
                                              {"=", "=", "="},
                                              {"log", "--no-such=x"},
                                              {"-", "-"}})
    CHECK(render(line.tab(words)).find('\0') == std::string::npos);
}

TEST_CASE("there is a script for bash, zsh and fish, and for no other shell") {
  for (const char* shell : {"bash", "zsh", "fish"})
    CHECK(completion_script(shell).find("__complete") != std::string_view::npos);
  CHECK(completion_script("tcsh").empty());
}

TEST_CASE("there is a page of the manual for every command, and it names every option") {
  const TypedLine line;
  const auto pages = manual_pages(line.parser);
  CHECK(pages.front().file == "re.1");
  std::size_t visible = 0;
  for (const auto& command : line.parser.commands()) {
    if (command->is_hidden()) continue;
    ++visible;
    const auto page = std::find_if(pages.begin(), pages.end(), [&](const Page& one) {
      return one.file == "re-" + command->name() + ".1";
    });
    REQUIRE(page != pages.end());
    CHECK(page->text.find(".SH EXAMPLES") != std::string::npos);
    CHECK(std::count(page->text.begin(), page->text.end(), '\t') == 0);
    CHECK(page->text.find(".TH RE-") != std::string::npos);
  }
  CHECK(pages.size() == visible + 1);
}
