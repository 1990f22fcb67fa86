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
