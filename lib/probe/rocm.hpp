// What rocm-smi is asked, and what its answer means. Pure.
//
// Facts (rocm-smi of ROCm 4 to 6 and what public readers of it know): one object for each "cardN" and one
// "system"; values are texts, in some versions numbers; spellings of a key differ with the version
// ("Card series", "Card Series"), and power is "Average Graphics Package Power (W)" before MI300 and
// "Current Socket Graphics Package Power (W)" since. It may print warnings before the object.
//
// Who uses which GPU, from the tool's own source (rocm_smi.py: showGpusByPid, showPids, printListLog) and captures of
// it: --showpidgpus prints "PID 79301 is using 2 DRM device(s):" and below it the numbers of the cards, on one
// line or several, and for 0 devices no such line; it has no JSON. --showpids --json tells "PID79301": "name,
// how many cards, bytes of VRAM on all of them, …", or UNKNOWN for what it cannot see.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <libre/figures.hpp>
#include <libre/result.hpp>

namespace libre::probe {

std::vector<std::string> rocm_query();          // argv
std::vector<std::string> rocm_user_query();     // argv; which cards each process uses
std::vector<std::string> rocm_process_query();  // argv; its name and its memory

// Objects of objects of texts; everything else is left out. Errc::protocol where it is no JSON.
using Tables = std::map<std::string, std::map<std::string, std::string>>;
Result<Tables> parse_tables(std::string_view answer);

// Fills gpus and driver.
void read_rocm(const Tables& tables, MachineFigures& figures);

// Adds the users to the GPUs of `figures`. `processes` may be empty; the memory of a process on several
// cards is not told for each.
void read_rocm_users(std::string_view answer, const Tables& processes, MachineFigures& figures);

}  // namespace libre::probe
