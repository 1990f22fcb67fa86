// Fifty cuts and fifty kills, at random points of a sync, a push and a pull: what is there afterwards is
// always a mix of whole old and whole new files, and the next transfer completes it.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <random>

#include "cut_stream.hpp"
#include "workshop.hpp"

using namespace libre;
using namespace workshop;

namespace {

using Picture = std::map<std::string, std::string>;
constexpr int points = 50;

// One direction: what is edited, where it arrives, and how.
struct Transfer {
  fs::path from, to;
  bool deletes = false;
  std::function<bool(libre::sync::Endpoint&)> run;
};

const Wait five_minutes{.deadline = Deadline::after(std::chrono::minutes(5))};

Transfer a_sync(Bench& bench) {
  return {bench.local(), bench.mirror(), true, [&](libre::sync::Endpoint& endpoint) {
            return libre::sync::sync_project(bench.project, endpoint, bench.spec, "bench", {},
                                             nullptr, five_minutes)
                .has_value();
          }};
}

Transfer a_push(Bench& bench) {
  return {bench.local() / "set", bench.mirror() / "data", false,
          [&](libre::sync::Endpoint& endpoint) {
            return libre::sync::push_files(endpoint, bench.spec, bench.local(), {"set/"}, "data",
                                           nullptr, five_minutes)
                .has_value();
          }};
}

Transfer a_pull(Bench& bench) {
  return {bench.mirror() / "set", bench.local() / "got", false,
          [&](libre::sync::Endpoint& endpoint) {
            return libre::sync::pull_files(endpoint, bench.spec, {"set/"}, bench.local() / "got",
                                           nullptr, five_minutes, {},
                                           bench.local() / ".recompute/pulled")
                .has_value();
          }};
}

Picture picture_of(const fs::path& root) {
  auto all = picture(root);
  std::erase_if(all, [](const auto& item) {
    return item.first.starts_with(".recompute") || item.first.starts_with(".re-staging") ||
           item.second == "d";
  });
  return all;
}

void fill(const fs::path& root, Random& random) {
  for (int i = 0; i < 10; ++i)
    put(root / ("d" + std::to_string(i % 3)) / std::to_string(i), noise(random, random() % 2000));
  put(root / "large", noise(random, 150'000));
  put(root / "larger", noise(random, 200'000));
}

// A few files change, one is renamed, one goes, one comes, two large ones get a new piece. In every
// eighth round it is too much for an update.
void edit(const fs::path& root, Random& random, int round) {
  const auto any = [&] {
    const auto i = random() % 10;
    return root / ("d" + std::to_string(i % 3)) / std::to_string(i);
  };
  for (int i = 0; i < 3; ++i) put(any(), noise(random, random() % 2000));
  std::error_code ignored;
  fs::rename(any(), root / ("renamed " + std::to_string(round)), ignored);
  fs::remove(root / ("renamed " + std::to_string(round - 3)), ignored);
  const auto twin = noise(random, 5000);
  put(root / "new/one", twin);
  put(root / "new/two", twin);
  auto content = get(root / "large");
  content.insert(random() % content.size(), noise(random, 100));
  put(root / "large", content);
  if (round % 4 == 0) put(root / "larger", noise(random, 300'000));
  if (round % 8 == 0) put(root / "largest", noise(random, 900'000));
}

// Every file is the whole old or the whole new one; what is missing is missing in one of them.
void check_mix(const Picture& there, const Picture& before, const Picture& after) {
  const auto is_in = [](const Picture& tree, const std::string& path, const std::string& value) {
    const auto found = tree.find(path);
    return found != tree.end() && found->second == value;
  };
  for (const auto& [path, value] : there)
    if (!is_in(before, path, value) && !is_in(after, path, value)) {
      CAPTURE(path);
      FAIL_CHECK("it is neither the old nor the new one");
    }
  for (const auto& [path, value] : before)
    if (after.contains(path) && !there.contains(path)) {
      CAPTURE(path);
      FAIL_CHECK("it is missing, and was there before and is to be there after");
    }
}

// `fault` does the transfer in a way that may break off anywhere; then the whole bench does it.
void many_faults(Bench& bench, const Transfer& transfer, Random& random,
                 const std::function<void(int round)>& fault) {
  fill(transfer.from, random);
  REQUIRE(transfer.run(bench.endpoint()));
  for (int round = 0; round < points; ++round) {
    CAPTURE(round);
    const auto before = picture_of(transfer.to);
    edit(transfer.from, random, round);
    auto after = picture_of(transfer.from);
    if (!transfer.deletes) after.insert(before.begin(), before.end());
    fault(round);
    check_mix(picture_of(transfer.to), before, after);
    REQUIRE(transfer.run(bench.endpoint()));
    REQUIRE(picture_of(transfer.to) == after);
  }
}

// At a byte of the conversation: of one that was cut before, or of a larger one.
void many_cuts(Bench& bench, const Transfer& transfer, unsigned seed) {
  Random random(seed);
  many_faults(bench, transfer, random, [&](int round) {
    const std::uint64_t longest = round % 8 == 0 ? 1'300'000 : round % 4 == 0 ? 400'000 : 20'000;
    with_cut_connection(bench, random() % longest,
                        [&](libre::sync::Endpoint& endpoint) { (void)transfer.run(endpoint); });
  });
}

// At a moment within the time that the last one took.
void many_kills(Bench& bench, const Transfer& transfer, unsigned seed) {
  Random random(seed);
  std::uint64_t usual = 50'000;
  many_faults(bench, transfer, random, [&](int) {
    using namespace std::chrono;
    const auto begin = steady_clock::now();
    bool done = false;
    with_mortal_agent(bench, random() % usual,
                      [&](libre::sync::Endpoint& endpoint) { done = transfer.run(endpoint); });
    const auto took = duration_cast<microseconds>(steady_clock::now() - begin).count();
    usual = std::clamp<std::uint64_t>(done ? static_cast<std::uint64_t>(took) : usual * 5 / 4,
                                      2'000, 200'000);
  });
}

}  // namespace

TEST_CASE(
    "a sync that is cut at 50 random bytes leaves whole files, and the next one completes it") {
  Bench bench;
  many_cuts(bench, a_sync(bench), 21);
}

TEST_CASE(
    "a push that is cut at 50 random bytes leaves whole files, and the next one completes it") {
  Bench bench;
  many_cuts(bench, a_push(bench), 22);
}

TEST_CASE(
    "a pull that is cut at 50 random bytes leaves whole files, and the next one completes it") {
  Bench bench;
  many_cuts(bench, a_pull(bench), 23);
}

TEST_CASE("an agent killed at 50 moments of a sync leaves whole files, and the next completes it") {
  Bench bench;
  many_kills(bench, a_sync(bench), 24);
}

TEST_CASE("an agent killed at 50 moments of a push leaves whole files, and the next completes it") {
  Bench bench;
  many_kills(bench, a_push(bench), 25);
}

TEST_CASE("an agent killed at 50 moments of a pull leaves whole files, and the next completes it") {
  Bench bench;
  many_kills(bench, a_pull(bench), 26);
}

TEST_CASE("a puller killed at 50 moments leaves whole files, and the next pull completes it") {
  Bench bench;
  const auto transfer = a_pull(bench);
  Random random(27);
  many_faults(bench, transfer, random, [&](int) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      libre::sync::LocalEndpoint endpoint(bench.places(),
                                          std::make_shared<libre::sync::MirrorLocks>());
      (void)transfer.run(endpoint);
      ::_exit(0);
    }
    ::usleep(static_cast<useconds_t>(random() % 20'000));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  });
}
