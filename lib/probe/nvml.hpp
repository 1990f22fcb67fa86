// What the NVML reader (nvml/reader.cpp) prints, and what it means. Pure.
//
// Its answer is lines of words; a name is the rest of its line:
//
//   driver 550.54.15
//   cuda 12040                          12.4
//   gpu 0                               what follows is of this GPU …
//   uuid GPU-6a1c7a34-…
//   name NVIDIA H100 80GB HBM3
//   memory TOTAL USED FREE              bytes
//   utilisation 0                       per cent
//   temperature 31                      °C
//   milliwatts 70120
//   divided 1                           MIG
//   user PID BYTES NAME                 BYTES "-" where it is not told; NAME may be missing
//   instance 0                          … and now of this MIG instance of it
//   error GPU CODE FUNCTION WORDS       GPU "-" where it is not of one
//   end                                 that was all
//
// A driver's library wrote part of it, so nothing is believed: what cannot be read is left out, texts
// are made printable, and lists have an end.
#pragma once
#include <string_view>

#include <libre/figures.hpp>
#include <libre/result.hpp>

namespace libre::probe {

// Fills gpus, driver, cuda, and gpu_problem with the first complaint of each GPU. A GPU that is divided is
// followed by its MIG instances. Errc::protocol where the answer has no end, Errc::not_found where it
// shows no GPU: its complaints are the cause then.
Result<void> read_nvml(std::string_view answer, MachineFigures& figures);

}  // namespace libre::probe
