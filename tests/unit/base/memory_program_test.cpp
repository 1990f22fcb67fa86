#include "base/memory_program.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include "base/files.hpp"
#include "base/process.hpp"

using namespace libre;

TEST_CASE("a program in memory runs, under the name it is given, again and again") {
  const auto bytes = read_file("/bin/sh");
  REQUIRE(bytes);
  const auto program = program_in_memory("shell", *bytes);
  REQUIRE_MESSAGE(program, program.error().describe());
  for (int i = 0; i < 2; ++i) {
    const auto ran = run({.argv = {"my-shell", "-c", "echo $0; readlink /proc/$$/exe; exit 3"},
                          .program = path_of_program(*program)});
    REQUIRE_MESSAGE(ran, ran.error().describe());
    CHECK(ran->exit.code == 3);
    CHECK(ran->out == "my-shell\n/memfd:shell (deleted)\n");
  }
}

TEST_CASE("nobody can change a program in memory, and no child is given it") {
  const auto program = program_in_memory("text", "#!/bin/sh\n");
  REQUIRE(program);
  CHECK(::pwrite(program->get(), "x", 1, 0) < 0);
  CHECK(::ftruncate(program->get(), 0) < 0);
  const auto ran = run({.argv = {"ls", "-l", "/proc/self/fd"}});
  REQUIRE(ran);
  CHECK(ran->out.find("memfd:text") == std::string::npos);
}

TEST_CASE("what is no program does not run") {
  const auto program = program_in_memory("noise", "noise");
  REQUIRE(program);
  CHECK_FALSE(run({.argv = {"noise"}, .program = path_of_program(*program)}));
}
