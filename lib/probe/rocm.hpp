// What rocm-smi is asked, and what its answer means. Pure.
//
// Facts (rocm-smi of ROCm 4 to 6 and what public readers of it know): one object for each "cardN" and one
// "system"; values are texts, in some versions numbers; spellings of a key differ with the version
// ("Card series", "Card Series"), and power is "Average Graphics Package Power (W)" before MI300 and
// "Current Socket Graphics Package Power (W)" since. It may print warnings before the object.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <libre/figures.hpp>
#include <libre/result.hpp>

namespace libre::probe {

std::vector<std::string> rocm_query();  // argv

// Objects of objects of texts; everything else is left out. Errc::protocol where it is no JSON.
using Tables = std::map<std::string, std::map<std::string, std::string>>;
Result<Tables> parse_tables(std::string_view answer);

// Fills gpus and driver. Which process is on which GPU is not told.
void read_rocm(const Tables& tables, MachineFigures& figures);

}  // namespace libre::probe
