#include "probe/rocm.hpp"

#include <algorithm>
#include <initializer_list>

#include "base/text.hpp"
#include "probe/limits.hpp"
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

// The card numbers that follow a process's line; -1 where this one begins no list.
std::int64_t pid_of(std::string_view line) {
  constexpr std::string_view begin = "PID ", end = "DRM device(s):";
  if (!line.starts_with(begin) || !line.ends_with(end)) return -1;
  const auto pid = whole(line.substr(begin.size()));
  return pid && *pid <= 0x7FFFFFFF ? static_cast<std::int64_t>(*pid) : -1;
}

std::optional<std::vector<std::uint64_t>> cards_of(std::string_view line) {
  std::vector<std::uint64_t> cards;
  for (const auto& word : split(line, ' ')) {
    if (word.empty()) continue;
    const auto card = whole(word);
    if (!card) return std::nullopt;
    cards.push_back(*card);
  }
  return cards;
}

GpuUser user_of(std::int64_t pid, const Tables& processes) {
  GpuUser user;
  user.pid = pid;
  const auto system = processes.find("system");
  if (system == processes.end()) return user;
  const auto told = system->second.find("PID" + std::to_string(pid));
  if (told == system->second.end()) return user;
  // From the end: the name may hold commas.
  const auto cells = split(told->second, ',');
  if (cells.size() < 5) return user;
  const auto first = cells.end() - 4;
  user.command = trim(join({cells.begin(), first}, ","));
  if (whole(first[0]) == 1u) user.memory = whole(first[1]);
  return user;
}

}  // namespace

std::vector<std::string> rocm_query() {
  return {"rocm-smi", "--showproductname", "--showuniqueid", "--showuse",           "--showmeminfo",
          "vram",     "--showtemp",        "--showpower",    "--showdriverversion", "--json"};
}

std::vector<std::string> rocm_user_query() { return {"rocm-smi", "--showpidgpus"}; }

std::vector<std::string> rocm_process_query() { return {"rocm-smi", "--showpids", "--json"}; }

void read_rocm_users(std::string_view answer, const Tables& processes, MachineFigures& figures) {
  std::int64_t pid = -1;
  for (const auto& line : split_lines(answer)) {
    const auto text = trim(line);
    const auto cards = cards_of(text);
    if (!cards || text.empty()) {
      pid = pid_of(text);
      continue;
    }
    if (pid < 0) continue;
    for (Gpu& gpu : figures.gpus)
      if (gpu.users.size() < most_users &&
          std::find(cards->begin(), cards->end(), static_cast<std::uint64_t>(gpu.index)) !=
              cards->end())
        gpu.users.push_back(user_of(pid, processes));
  }
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
