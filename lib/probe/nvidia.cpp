#include "probe/nvidia.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "probe/number.hpp"

namespace libre::probe {
namespace {

constexpr std::string_view csv = "--format=csv,noheader,nounits";

// `count` cells; the last one takes all that is left, for a name may hold commas.
std::vector<std::string> cells_of(std::string_view line, std::size_t count) {
  std::vector<std::string> cells;
  while (cells.size() + 1 < count) {
    const auto comma = line.find(',');
    if (comma == std::string_view::npos) break;
    cells.emplace_back(trim(line.substr(0, comma)));
    line.remove_prefix(comma + 1);
  }
  cells.emplace_back(trim(line));
  return cells;
}

bool is_told(std::string_view cell) {
  return !cell.empty() && !cell.starts_with('[') && cell != "ERR!" && cell != "N/A";
}

std::optional<std::uint64_t> mebibytes(std::string_view cell) {
  const auto value = whole(cell);
  if (!value) return std::nullopt;
  return *value << 20;
}

void set_field(Gpu& gpu, MachineFigures& figures, const std::string& field,
               const std::string& cell) {
  if (field == "uuid" && is_told(cell)) gpu.uuid = cell;
  if (field == "name" && is_told(cell)) gpu.model = cell;
  if (field == "memory.total") gpu.memory_total = mebibytes(cell);
  if (field == "memory.used") gpu.memory_used = mebibytes(cell);
  if (field == "memory.free") gpu.memory_free = mebibytes(cell);
  if (field == "utilization.gpu") gpu.utilisation = number(cell);
  if (field == "temperature.gpu") gpu.temperature = number(cell);
  if (field == "power.draw") gpu.power = number(cell);
  if (field == "mig.mode.current") gpu.divided = cell == "Enabled";
  if (field == "driver_version" && is_told(cell)) figures.driver = cell;
}

void add_problem(MachineFigures& figures, const std::string& line) {
  if (!figures.gpu_problem.empty()) figures.gpu_problem += "; ";
  figures.gpu_problem += line;
}

}  // namespace

std::vector<std::string> nvidia_fields() {
  // The index comes first, since it tells rows from complaints; the name last.
  return {"index",           "uuid",        "memory.total",
          "memory.used",     "memory.free", "utilization.gpu",
          "temperature.gpu", "power.draw",  "mig.mode.current",
          "driver_version",  "name"};
}

std::vector<std::string> nvidia_gpu_query(const std::vector<std::string>& fields) {
  return {"nvidia-smi", "--query-gpu=" + join(fields, ","), std::string(csv)};
}

std::vector<std::string> nvidia_user_query() {
  return {"nvidia-smi", "--query-compute-apps=gpu_uuid,pid,used_memory,process_name",
          std::string(csv)};
}

std::vector<std::string> nvidia_cuda_query() {
  // Only the head of this report says it, and the compute mode is the shortest body.
  return {"nvidia-smi", "-q", "-d", "COMPUTE"};
}

std::string unknown_field(std::string_view answer) {
  constexpr std::string_view begin = "Field \"", end = "\" is not a valid field";
  const auto at = answer.find(begin);
  if (at == std::string_view::npos) return {};
  const auto field = answer.substr(at + begin.size());
  const auto stop = field.find(end);
  return stop == std::string_view::npos ? std::string() : std::string(field.substr(0, stop));
}

void read_nvidia_gpus(std::string_view answer, const std::vector<std::string>& fields,
                      MachineFigures& figures) {
  for (const auto& line : split_lines(answer)) {
    if (trim(line).empty()) continue;
    const auto cells = cells_of(line, fields.size());
    const auto index = whole(cells[0]);
    if (!index || cells.size() != fields.size()) {
      add_problem(figures, first_words(line));
      continue;
    }
    Gpu gpu;
    gpu.index = static_cast<std::int64_t>(*index);
    gpu.vendor = "nvidia";
    for (std::size_t i = 1; i < fields.size(); ++i) set_field(gpu, figures, fields[i], cells[i]);
    figures.gpus.push_back(std::move(gpu));
  }
}

void read_nvidia_users(std::string_view answer, MachineFigures& figures) {
  for (const auto& line : split_lines(answer)) {
    const auto cells = cells_of(line, 4);
    const auto pid = cells.size() == 4 ? whole(cells[1]) : std::nullopt;
    const auto gpu = std::find_if(figures.gpus.begin(), figures.gpus.end(),
                                  [&](const Gpu& one) { return one.uuid == cells[0]; });
    if (!pid || gpu == figures.gpus.end()) continue;
    GpuUser user;
    user.pid = static_cast<std::int64_t>(*pid);
    user.memory = mebibytes(cells[2]);
    if (is_told(cells[3])) user.command = cells[3];
    gpu->users.push_back(std::move(user));
  }
}

std::string parse_cuda_version(std::string_view answer) {
  for (const auto& line : split_lines(answer)) {
    const auto colon = line.find(':');
    if (!line.starts_with("CUDA") || line.find("Version") == std::string::npos ||
        colon == std::string::npos)
      continue;
    const auto value = trim(std::string_view(line).substr(colon + 1));
    if (number(value)) return std::string(value);
  }
  return {};
}

std::string first_words(std::string_view answer) {
  constexpr std::size_t longest = 200;
  std::string_view text = trim(answer);
  text = trim(text.substr(0, text.find('\n')));
  return std::string(text.substr(0, longest));
}

}  // namespace libre::probe
