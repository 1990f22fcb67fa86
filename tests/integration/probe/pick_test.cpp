// Choosing a machine, and keeping a GPU for a job.
#include <doctest/doctest.h>
#include <fcntl.h>

#include "base/files.hpp"
#include "base/text.hpp"
#include "support/evidence.hpp"
#include "support/fleet.hpp"

using namespace libre;
using namespace libre::testing;

namespace {

const std::vector<std::string> gpu_job = {"async", "--gpus", "1",
                                          "echo [$CUDA_VISIBLE_DEVICES]; exec sleep 1000"};

void kill_all(const Fleet& fleet, const std::string& name) {
  CHECK(fleet.re({"purge", "--instance", name}).exit.ok());
}

}  // namespace

TEST_CASE("auto takes the machine that fits, and the next one when its GPU is taken") {
  Machine cpu, one(1), two(1);
  Fleet fleet;
  fleet.general = "instance = auto\n";
  fleet.add("cpu", cpu);
  fleet.add("one", one);
  fleet.add("two", two);
  const auto first = fleet.re(gpu_job);
  REQUIRE_MESSAGE(first.exit.ok(), first.err);
  CHECK(contains(first.err, "job 1 on one"));
  CHECK(contains(first.err, "re log -f 1 --instance one"));
  REQUIRE(eventually([&] {
    return fleet.re({"log"}).out == "[" + FakeGpus::uuid(0) + "]\n";
  }));  // auto: the same one
  const auto second = fleet.re(gpu_job);
  REQUIRE_MESSAGE(second.exit.ok(), second.err);
  CHECK(contains(second.err, "job 1 on two"));
  const auto third = fleet.re(gpu_job);
  CHECK(third.exit.code == 1);
  CHECK(contains(third.err, "no machine fits this job now"));
  CHECK(contains(third.err, "job 1 has it"));

  const auto why = fleet.re({"probe", "--why", "--gpus", "1", "--force"});
  CHECK(contains(rows_of(why.out, "-").at(0), "no"));
  CHECK(contains(why.out, "0 of 1 GPUs free; GPU 0: job 1 has it"));
  kill_all(fleet, "two");
  const auto fourth = fleet.re(gpu_job);
  REQUIRE_MESSAGE(fourth.exit.ok(), fourth.err);
  CHECK(contains(fourth.err, "job 2 on two"));
  kill_all(fleet, "two");
  kill_all(fleet, "one");
}

TEST_CASE("T21: two who choose at the same instant do not get the same GPU") {
  Machine one(1), two(1);
  Fleet fleet;
  fleet.add("one", one);
  fleet.add("two", two);
  REQUIRE(fleet.re({"init"}).exit.ok());
  REQUIRE(fleet.re({"probe"}).exit.ok());  // both have their agent
  const Fd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  std::vector<std::string> words = gpu_job;
  words.insert(words.end(), {"--instance", "auto"});
  const pid_t a = fleet.start(words, null.get(), null.get());
  const pid_t b = fleet.start(words, null.get(), null.get());
  const Wait wait{Deadline::after(std::chrono::seconds(60))};
  CHECK(wait_exit(a, wait)->ok());
  CHECK(wait_exit(b, wait)->ok());
  for (const char* name : {"one", "two"}) {
    const auto jobs = fleet.re({"list", "--json", "--instance", name}).out;
    CHECK(count_of(jobs, "\"state\":\"") == 1);
    CHECK(contains(jobs, "\"gpus\":[\"" + FakeGpus::uuid(0) + "\"]"));
    kill_all(fleet, name);
  }
}

TEST_CASE("a GPU that a stranger uses is not given away, and the job is told why") {
  Machine machine(2);
  machine.gpus->use(0, 999'999'999);
  Fleet fleet;
  fleet.add("box", machine);
  const auto first = fleet.re(gpu_job);
  REQUIRE_MESSAGE(first.exit.ok(), first.err);
  REQUIRE(eventually([&] { return fleet.re({"log"}).out == "[" + FakeGpus::uuid(1) + "]\n"; }));
  const auto second = fleet.re(gpu_job);
  CHECK(second.exit.code == 1);
  CHECK(contains(second.err, "GPU 0: process 999999999 uses it; GPU 1: job 1 has it"));
  const auto large = fleet.re({"async", "--gpu-mem", "200G", "true"});
  CHECK(contains(large.err, "this machine has no 1 GPU with 200 GB"));
  CHECK(contains(fleet.re({"list", "--json"}).out, "\"id\":1"));
  CHECK_FALSE(contains(fleet.re({"list", "--json"}).out, "\"id\":2"));
  kill_all(fleet, "box");
}

TEST_CASE("data that is there draws a job, and --on leaves others out") {
  Machine far, near;
  Fleet fleet;
  fleet.add("far", far);
  fleet.add("near", near);
  near.home.write("projects/work/data/train.bin", "x");
  const auto chosen = fleet.re({"sync", "--instance", "auto", "echo here"});
  REQUIRE_MESSAGE(chosen.exit.ok(), chosen.err);
  CHECK(chosen.out == "here\n");
  CHECK(contains(chosen.err, "on near"));
  const auto other = fleet.re({"sync", "--on", "f*", "echo there"});
  REQUIRE_MESSAGE(other.exit.ok(), other.err);
  CHECK(contains(other.err, "on far"));
  CHECK(fleet.re({"sync", "--on", "nothing*", "true"}).exit.code == 1);
  CHECK(fleet.re({"sync", "--on", "f*", "--instance", "near", "true"}).exit.code == 2);
}

TEST_CASE("a machine that is away when it is its turn makes way for the next") {
  Machine machine;
  Fleet fleet;
  fleet.add("away", "127.0.0.1", closed_port());
  fleet.add("box", machine);
  const auto chosen = fleet.re({"async", "--instance", "auto", "true"});
  REQUIRE_MESSAGE(chosen.exit.ok(), chosen.err);
  CHECK(contains(chosen.err, "on box"));
}
