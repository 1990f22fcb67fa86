#include <doctest/doctest.h>

#include "probe/number.hpp"
#include "probe/system_figures.hpp"

using namespace libre;
using namespace libre::probe;

TEST_CASE("available memory is what the kernel says, or an estimate on old kernels") {
  MachineFigures figures;
  read_meminfo(
      "MemTotal:       263795936 kB\nMemFree:        10000000 kB\nMemAvailable:   200000000 kB\n"
      "Cached:         150000000 kB\nHugePages_Total:       0\n",
      figures);
  CHECK(figures.memory_total == std::uint64_t{263795936} * 1024);
  CHECK(figures.memory_available == std::uint64_t{200000000} * 1024);
  MachineFigures old;
  read_meminfo("MemTotal: 1000 kB\nMemFree: 200 kB\nCached: 300 kB\n", old);
  CHECK(old.memory_available == 500 * 1024);
}

TEST_CASE("the load of one, five and fifteen minutes is read") {
  MachineFigures figures;
  read_loadavg("0.52 12.08 3.00 2/1234 56789\n", figures);
  CHECK(figures.load_1 == doctest::Approx(0.52));
  CHECK(figures.load_5 == doctest::Approx(12.08));
  CHECK(figures.load_15 == doctest::Approx(3.0));
  MachineFigures none;
  read_loadavg("", none);
  CHECK_FALSE(none.load_1);
}

TEST_CASE("the busy share lies between two looks at the ticks") {
  const auto before = parse_cpu_times("cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 1 2 3 4\n");
  const auto after = parse_cpu_times("cpu  160 0 60 820 60 0 0 0 0 0\n");
  REQUIRE(before);
  REQUIRE(after);
  CHECK(before->busy == 150);
  CHECK(before->idle == 850);
  CHECK(*busy_between(*before, *after) == doctest::Approx(0.7));
  CHECK_FALSE(busy_between(*before, *before));
  CHECK_FALSE(busy_between(*after, *before));
  CHECK_FALSE(parse_cpu_times("intr 1 2 3"));
  CHECK_FALSE(parse_cpu_times("cpu  a b c d"));
  CHECK(parse_cpu_times("cpu  1 2 3 4"));  // Linux 2.4
}

TEST_CASE("a number may have a unit, and a word is no number") {
  CHECK(number(" 627.40 W") == doctest::Approx(627.4));
  CHECK(whole("32362 MiB") == 32362u);
  for (const char* text : {"", "[N/A]", "ERR!", "nan", "inf", "-3", "0x10", "N/A"})
    CHECK_FALSE(number(text));
}
