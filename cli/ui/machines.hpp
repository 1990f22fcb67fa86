// Machines as a table: one row for each GPU, one for a machine without any or one that is not there.
// Pure; `re probe`, its --watch and `re top` share it.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include <libre/probe.hpp>

#include "cli/ui/colour.hpp"
#include "cli/ui/table.hpp"

namespace cli {

struct MachineTable {
  Table table;
  std::vector<std::optional<Colour>> colours{};  // of its rows
};

// The first columns are the original's; the GPUs' and the disk's amounts are free MiB. `width` 0 =
// everything; on a narrow terminal the less important columns are left out.
MachineTable machine_table(const std::vector<libre::MachineReport>& machines, std::size_t width);

// The table's lines, coloured where `colour`.
std::vector<std::string> machine_lines(const std::vector<libre::MachineReport>& machines,
                                       std::size_t width, bool colour);

// "12 machines, 11 active; 30 of 64 GPUs free"
std::string machine_summary(const std::vector<libre::MachineReport>& machines);

// What does not fit into a table: why machines are not there, and what is wrong with GPUs.
std::vector<std::string> machine_notes(const std::vector<libre::MachineReport>& machines);

// The whole of a live view of `columns` × `rows`: summary, table, and an empty rest.
std::string live_frame(const std::vector<libre::MachineReport>& machines, std::size_t columns,
                       std::size_t rows, const std::string& time_of_day, bool colour);

}  // namespace cli
