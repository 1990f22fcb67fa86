#include <doctest/doctest.h>

#include <libre/probe.hpp>

#include "base/text.hpp"
#include "client/figures_store.hpp"
#include "support/temporary_directory.hpp"

using namespace libre;

TEST_CASE("an amount of memory is a number and a unit") {
  CHECK(*parse_bytes("20G") == 20'000'000'000);
  CHECK(*parse_bytes("20 GB") == 20'000'000'000);
  CHECK(*parse_bytes("1.5GiB") == 1'610'612'736);
  CHECK(*parse_bytes("500m") == 500'000'000);
  CHECK(*parse_bytes("12") == 12);
  for (const char* text : {"", "G", "-1G", "20X", "20Gx", "20iB", "1e30", "nan", "0x10G"})
    CHECK_FALSE_MESSAGE(parse_bytes(text), text);
}

TEST_CASE("remembered figures answer the same question while they are young") {
  const test::TemporaryDirectory directory;
  const client::FiguresStore store(directory.path());
  InstanceConfig instance;
  instance.host = "gpu1";
  client::StoredFigures figures;
  figures.taken = 1000;
  figures.query.directory = "projects/a";
  figures.figures.cores = 16;
  figures.figures.gpus.push_back({.index = 3, .uuid = "GPU-3", .memory_free = 5});
  store.remember(instance, figures);
  probe::ProbeQuery query;
  query.directory = "projects/a";
  query.max_age = 60;
  const auto found = store.find(instance, query, 1059);
  REQUIRE(found);
  CHECK(found->figures.cores == 16);
  CHECK(found->figures.gpus.at(0).memory_free == 5u);
  CHECK_FALSE(found->figures.gpus.at(0).memory_used);
  CHECK_FALSE(store.find(instance, query, 1061));
  CHECK_FALSE(store.find(instance, query, 999));  // a clock that was set back
  query.directory = "projects/b";
  CHECK_FALSE(store.find(instance, query, 1010));
  query.directory = "projects/a";
  instance.username = "else";
  CHECK_FALSE(store.find(instance, query, 1010));
}

TEST_CASE("auto is no machine's name, and names no certain machine") {
  const auto named = parse_config("[instance 0]\nname = auto\nhost = h\n", "conf");
  REQUIRE_FALSE(named);
  CHECK(named.error().code == Errc::config);
  const auto chosen = parse_config("[general]\ninstance = auto\n[instance 0]\nhost = h\n", "conf");
  REQUIRE(chosen);
  CHECK(find_instance(*chosen, "auto").error().code == Errc::usage);
  CHECK(find_instance(*chosen, "h"));
}
