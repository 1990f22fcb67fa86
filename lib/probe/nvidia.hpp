// What nvidia-smi is asked, and what its answers mean. Pure.
//
// Facts (from `nvidia-smi --help-query-gpu`, its manual page and captures of drivers 390 to 590): cells are
// joined by ", "; a cell without a value says why in brackets, or "ERR!"; errors stand on stdout, also
// between good rows ("Unable to determine the device handle for GPU3: …", a GPU that fell off the bus);
// an unknown field is "Field "x" is not a valid field to query." and exit code 2.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <libre/figures.hpp>

namespace libre::probe {

// The fields to ask for. Older drivers do not know all of them: see unknown_field().
std::vector<std::string> nvidia_fields();

std::vector<std::string> nvidia_gpu_query(const std::vector<std::string>& fields);  // argv
std::vector<std::string> nvidia_user_query();                                       // argv
std::vector<std::string> nvidia_cuda_query();                                       // argv

// The field that an answer complains of; "" where it does not.
std::string unknown_field(std::string_view answer);

// Fills gpus, driver, and gpu_problem with lines that are no rows.
void read_nvidia_gpus(std::string_view answer, const std::vector<std::string>& fields,
                      MachineFigures& figures);

// Adds the users to the GPUs of `figures`. Their user, and the command where the tool cannot see it, are
// left to who can look at processes.
void read_nvidia_users(std::string_view answer, MachineFigures& figures);

// "12.4"; "" where the answer does not say.
std::string parse_cuda_version(std::string_view answer);

// The first line of what a tool said instead of an answer, made short.
std::string first_words(std::string_view answer);

}  // namespace libre::probe
