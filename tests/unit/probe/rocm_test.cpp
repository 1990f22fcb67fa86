#include "probe/rocm.hpp"

#include <doctest/doctest.h>

using namespace libre;
using namespace libre::probe;

TEST_CASE("rocm-smi's cards are GPUs, whatever the spelling of its keys") {
  const auto tables = parse_tables(R"json(WARNING: AMD GPU device(s) is/are in a low-power state.
{"card1": {"Unique ID": "0x9246B3F1A2C4D5E6", "Temperature (Sensor junction) (C)": "47.0",
           "Temperature (Sensor edge) (C)": "40.0",
           "Current Socket Graphics Package Power (W)": "131.0", "GPU use (%)": "12",
           "VRAM Total Memory (B)": "206141652992", "VRAM Total Used Memory (B)": "296849408",
           "Card Series": "AMD Instinct MI300X"},
 "card0": {"Card series": "Vega 20", "Average Graphics Package Power (W)": 28.5, "GPU use (%)": 0,
           "Temperature (Sensor edge) (C)": "35.0",
           "VRAM Total Memory (B)": 17163091968, "VRAM Total Used Memory (B)": "N/A"},
 "system": {"Driver version": "6.7.0"}}
)json");
  REQUIRE(tables);
  MachineFigures figures;
  read_rocm(*tables, figures);
  REQUIRE(figures.gpus.size() == 2);
  CHECK(figures.driver == "6.7.0");
  const Gpu& vega = figures.gpus[0];
  CHECK(vega.index == 0);
  CHECK(vega.model == "Vega 20");
  CHECK(vega.vendor == "amd");
  CHECK(vega.memory_total == 17163091968u);
  CHECK_FALSE(vega.memory_used);
  CHECK_FALSE(vega.memory_free);
  CHECK(vega.utilisation == 0.0);
  CHECK(vega.temperature == 35.0);
  CHECK(vega.power == 28.5);
  const Gpu& instinct = figures.gpus[1];
  CHECK(instinct.uuid == "GPU-9246b3f1a2c4d5e6");
  CHECK(instinct.memory_free == 206141652992u - 296849408u);
  CHECK(instinct.temperature == 47.0);
  CHECK(instinct.power == 131.0);
}

TEST_CASE("what is no JSON is an error, and an odd object is no GPU") {
  CHECK_FALSE(parse_tables("ERROR: GPU not found"));
  CHECK_FALSE(parse_tables("{\"card0\": "));
  const auto odd =
      parse_tables(R"json({"card": {}, "cardx": {"GPU use (%)": "1"}, "card2": 7})json");
  REQUIRE(odd);
  MachineFigures figures;
  read_rocm(*odd, figures);
  CHECK(figures.gpus.empty());
}

TEST_CASE("rocm-smi's processes are the users of the cards that they are on") {
  MachineFigures figures;
  figures.gpus.resize(3);
  for (int i = 0; i < 3; ++i) figures.gpus[static_cast<std::size_t>(i)].index = i;
  const auto processes = parse_tables(R"json({"system": {
    "PID79301": "python3, 1, 329576448, 0, 0", "PID1949829": "a, b, 2, 18652127232, 0, UNKNOWN",
    "PID10678": "x", "PID7": "UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN"}})json");
  REQUIRE(processes);
  read_rocm_users(
      "============================ ROCm System Management Interface ============================\n"
      "================================== GPUs Indexed by PID ===================================\n"
      "PID 78912 is using 0 DRM device(s)\n"
      "PID 79301 is using 1 DRM device(s):\n"
      "1 \n"
      "PID 9710 is using 0 DRM device(s)\n"
      "PID 1949829 is using 2 DRM device(s):\n"
      "0 \n"
      "1 \n"
      "PID 10678 is using 1 DRM device(s):\n"
      "0 7 \n"
      "PID 7 is using 1 DRM device(s):\n"
      "2\n"
      "==========================================================================================\n"
      "2\n"
      "================================== End of ROCm SMI Log "
      "===================================\n",
      *processes, figures);
  const auto& first = figures.gpus[0].users;
  REQUIRE(first.size() == 2);
  CHECK(first[0].pid == 1949829);
  CHECK(first[0].command == "a, b");
  CHECK_FALSE(first[0].memory);  // it is that of two cards
  CHECK(first[1].pid == 10678);
  CHECK(first[1].command.empty());
  const auto& second = figures.gpus[1].users;
  REQUIRE(second.size() == 2);
  CHECK(second[0].pid == 79301);
  CHECK(second[0].command == "python3");
  CHECK(second[0].memory == 329576448u);
  REQUIRE(figures.gpus[2].users.size() == 1);
  CHECK(figures.gpus[2].users[0].pid == 7);
  CHECK_FALSE(figures.gpus[2].users[0].memory);
}

TEST_CASE("what does not look like rocm-smi's list of processes names nobody") {
  MachineFigures figures;
  figures.gpus.resize(1);
  for (const char* text :
       {"", "usage: rocm-smi\n0\n", "PID x is using 1 DRM device(s):\n0\n",
        "PID 99999999999 is using 1 DRM device(s):\n0\n", "PID 5 is using 1 DRM device(s)\n0\n"})
    read_rocm_users(text, {}, figures);
  CHECK(figures.gpus[0].users.empty());
}

TEST_CASE("a list of users without end has an end here") {
  MachineFigures figures;
  figures.gpus.resize(1);
  std::string endless;
  for (int i = 0; i < 5000; ++i)
    endless += "PID " + std::to_string(i) + " is using 1 DRM device(s):\n0\n";
  read_rocm_users(endless, {}, figures);
  CHECK(figures.gpus[0].users.size() == 4096);
}
