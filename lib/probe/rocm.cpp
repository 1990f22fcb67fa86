#include "probe/rocm.hpp"

#include <algorithm>
#include <initializer_list>

#include "base/text.hpp"
#include "probe/number.hpp"

namespace libre::probe {
namespace {

using Table = std::map<std::string, std::string>;

// The first of several spellings that is there.
std::string value_of(const Table& table, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const auto found = table.find(name); found != table.end() && found->second != "N/A")
      return found->second;
  return {};
}

Gpu gpu_of(std::uint64_t index, const Table& card) {
  Gpu gpu;
  gpu.index = static_cast<std::int64_t>(index);
  gpu.vendor = "amd";
  gpu.model =
      value_of(card, {"Card Series", "Card series", "Device Name", "Card Model", "Card model"});
  // As ROCR_VISIBLE_DEVICES takes it.
  const auto id = to_lower(value_of(card, {"Unique ID"}));
  if (id.starts_with("0x")) gpu.uuid = "GPU-" + id.substr(2);
  gpu.memory_total = whole(value_of(card, {"VRAM Total Memory (B)"}));
  gpu.memory_used = whole(value_of(card, {"VRAM Total Used Memory (B)"}));
  if (gpu.memory_total && gpu.memory_used && *gpu.memory_used <= *gpu.memory_total)
    gpu.memory_free = *gpu.memory_total - *gpu.memory_used;
  gpu.utilisation = number(value_of(card, {"GPU use (%)"}));
  gpu.temperature = number(
      value_of(card, {"Temperature (Sensor junction) (C)", "Temperature (Sensor edge) (C)"}));
  gpu.power = number(value_of(
      card, {"Current Socket Graphics Package Power (W)", "Average Graphics Package Power (W)"}));
  return gpu;
}

}  // namespace

std::vector<std::string> rocm_query() {
  return {"rocm-smi", "--showproductname", "--showuniqueid", "--showuse",           "--showmeminfo",
          "vram",     "--showtemp",        "--showpower",    "--showdriverversion", "--json"};
}

void read_rocm(const Tables& tables, MachineFigures& figures) {
  for (const auto& [name, table] : tables) {
    if (name == "system") figures.driver = value_of(table, {"Driver version"});
    if (!name.starts_with("card")) continue;
    if (const auto index = whole(std::string_view(name).substr(4)))
      figures.gpus.push_back(gpu_of(*index, table));
  }
  std::sort(figures.gpus.begin(), figures.gpus.end(),
            [](const Gpu& a, const Gpu& b) { return a.index < b.index; });
}

}  // namespace libre::probe
