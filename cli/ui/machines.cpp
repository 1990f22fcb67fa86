#include "cli/ui/machines.hpp"

#include <fmt/format.h>

#include <algorithm>

#include <libre/text.hpp>

namespace cli {

using libre::Gpu;
using libre::MachineReport;

namespace {

constexpr std::size_t wide_terminal = 120, narrow_terminal = 80;  // columns of a terminal
constexpr double stale_after = 10.0;  // seconds, in a live view; a remembered answer says its age

std::string mib(std::uint64_t bytes) { return std::to_string(bytes >> 20); }

std::string free_of(const std::optional<std::uint64_t>& free,
                    const std::optional<std::uint64_t>& total) {
  if (!total) return "?";
  return fmt::format("{} of {}", free ? mib(*free) : "?", mib(*total));
}

std::string rounded(const std::optional<double>& value, const char* unit) {
  return value ? fmt::format("{:.0f}{}", *value, unit) : "";
}

std::string users_of(const Gpu& gpu) {
  std::string text = gpu.claimed_by != 0 ? fmt::format("job {}", gpu.claimed_by) : "";
  for (const auto& user : gpu.users) {
    if (user.job != 0 && user.job == gpu.claimed_by) continue;  // said already
    if (!text.empty()) text += ", ";
    text += user.job != 0 ? fmt::format("job {}", user.job)
                          : fmt::format("{}:{} {}", user.user.empty() ? "?" : user.user, user.pid,
                                        user.command);
  }
  return text;
}

std::string gpu_name(const Gpu& gpu) {
  std::string model = gpu.model;
  if (model.starts_with("NVIDIA ")) model.erase(0, 7);
  return fmt::format("{} {}{}", libre::number_of(gpu), model, gpu.divided ? " (MIG)" : "");
}

using Cells = std::vector<std::string>;

// The columns of a machine as such; its GPU's are empty.
Cells machine_cells(const MachineReport& machine) {
  const auto& figures = machine.figures;
  Cells cells = {machine.name, libre::status_of(machine)};
  if (!machine.is_active()) return cells;
  cells = {machine.name,
           "active",
           figures.gpu_problem.empty() ? "-" : "?",
           figures.disk_free ? mib(*figures.disk_free) : "?",
           figures.gpu_problem.empty() ? "none" : "?",
           "",
           "",
           "",
           "",
           figures.load_1 ? fmt::format("{:.1f}/{}", *figures.load_1, figures.cores) : "",
           fmt::format("{} of {}", mib(figures.memory_available), mib(figures.memory_total)),
           libre::human_seconds(machine.age)};
  return cells;
}

void put_gpu(Cells& cells, const Gpu& gpu) {
  cells.resize(12);
  cells[2] = free_of(gpu.memory_free, gpu.memory_total);
  cells[4] = gpu_name(gpu);
  cells[5] = rounded(gpu.utilisation, "%");
  cells[6] = rounded(gpu.temperature, "C");
  cells[7] = rounded(gpu.power, "W");
  cells[8] = users_of(gpu);
}

std::optional<Colour> colour_of(const MachineReport& machine) {
  if (machine.problem) return Colour::red;
  if (!machine.asked || (!machine.remembered && machine.age > stale_after)) return Colour::dim;
  return std::nullopt;
}

bool is_shown(std::size_t column, std::size_t width) {
  if (width == 0 || width >= wide_terminal) return true;
  if (column == 6 || column == 7 || column == 10) return false;     // temperature, power, memory
  return width >= narrow_terminal || (column != 4 && column != 9);  // the GPU's name, load
}

}  // namespace

MachineTable machine_table(const std::vector<MachineReport>& machines, std::size_t width) {
  const std::vector<Column> all = {
      {"Machine", false, true}, {"Status", false, true}, {"GPU (MB)", true},    {"Disk (MB)", true},
      {"GPU", false, true},     {"Use", true},           {"Temp", true},        {"Power", true},
      {"Users", false, true},   {"Load", true},          {"Memory (MB)", true}, {"Age", true}};
  const auto only_shown = [&](const auto& row) {
    std::decay_t<decltype(row)> shown;
    for (std::size_t i = 0; i < row.size(); ++i)
      if (is_shown(i, width)) shown.push_back(row[i]);
    return shown;
  };
  MachineTable result{Table(only_shown(all))};
  const auto add = [&](const Cells& cells, std::optional<Colour> colour) {
    result.table.add(only_shown(cells));
    result.colours.push_back(colour);
  };
  for (const auto& machine : machines) {
    Cells cells = machine_cells(machine);
    const auto colour = colour_of(machine);
    if (!machine.is_active() || machine.figures.gpus.empty()) add(cells, colour);
    if (!machine.is_active()) continue;
    for (const Gpu& gpu : machine.figures.gpus) {
      put_gpu(cells, gpu);
      add(cells, colour);
      cells.clear();  // what is the machine's stands in its first row
    }
  }
  return result;
}

std::vector<std::string> machine_lines(const std::vector<MachineReport>& machines,
                                       std::size_t width, bool colour) {
  const auto table = machine_table(machines, width);
  const std::string text = table.table.render(width);
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = text.find('\n', begin);
    std::string line = text.substr(begin, end - begin);
    if (width != 0) line = truncated(line, width);
    const std::size_t row = lines.size() - 3;  // rule, titles, rule
    if (lines.size() >= 3 && row < table.colours.size() && table.colours[row])
      line = coloured(line, *table.colours[row], colour);
    lines.push_back(std::move(line));
    begin = end + 1;
  }
  return lines;
}

std::string machine_summary(const std::vector<MachineReport>& machines) {
  std::size_t active = 0, gpus = 0, free = 0;
  for (const auto& machine : machines) {
    if (!machine.is_active()) continue;
    ++active;
    gpus += libre::count_gpus(machine.figures.gpus);
    free += static_cast<std::size_t>(
        std::count_if(machine.figures.gpus.begin(), machine.figures.gpus.end(),
                      [](const Gpu& gpu) { return libre::why_taken(gpu, 0).empty(); }));
  }
  return fmt::format("{} machine{}, {} active; {} of {} GPUs free", machines.size(),
                     machines.size() == 1 ? "" : "s", active, free, gpus);
}

std::vector<std::string> machine_notes(const std::vector<MachineReport>& machines) {
  std::vector<std::string> notes;
  for (const auto& machine : machines) {
    if (machine.problem) {
      std::string text = fmt::format("{}: {}", machine.name, machine.problem->message);
      if (!machine.problem->cause.empty()) text += " (" + machine.problem->cause + ")";
      if (!machine.problem->hint.empty()) text += "; " + machine.problem->hint;
      notes.push_back(std::move(text));
    } else if (!machine.figures.gpu_problem.empty()) {
      notes.push_back(fmt::format("{}: {}", machine.name, machine.figures.gpu_problem));
    }
  }
  return notes;
}

std::string live_frame(const std::vector<MachineReport>& machines, std::size_t columns,
                       std::size_t rows, const std::string& time_of_day, bool colour) {
  std::vector<std::string> lines = {coloured(
      truncated(fmt::format("{}   {}   q ends", machine_summary(machines), time_of_day), columns),
      Colour::bold, colour)};
  for (auto& line : machine_lines(machines, columns, colour)) lines.push_back(std::move(line));
  if (lines.size() > rows && rows >= 2) {
    const auto hidden = lines.size() - (rows - 1);
    lines.resize(rows - 1);
    lines.push_back(
        truncated(fmt::format("… {} more lines; a larger window shows them", hidden), columns));
  }
  std::string frame = "\x1b[H";  // over the old one, so that nothing flickers
  for (std::size_t i = 0; i < lines.size(); ++i)
    frame += (i == 0 ? "" : "\r\n") + lines[i] + "\x1b[K";
  return frame + "\x1b[J";
}

}  // namespace cli
