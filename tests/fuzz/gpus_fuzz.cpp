// What the GPUs' tools print: a driver's library wrote it, so it may be anything.
#include "base/text.hpp"
#include "fuzz.hpp"
#include "probe/nvidia.hpp"
#include "probe/nvml.hpp"
#include "probe/rocm.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = text_of(data, size);
  libre::MachineFigures nvml;
  (void)libre::probe::read_nvml(text, nvml);
  for (const auto& gpu : nvml.gpus) {
    must(gpu.index >= 0 && libre::is_utf8(gpu.uuid + gpu.model), "a GPU can be shown");
    for (const auto& user : gpu.users)
      must(user.pid >= 0 && libre::is_utf8(user.command), "a user can be shown");
  }
  libre::MachineFigures smi;
  libre::probe::read_nvidia_gpus(text, libre::probe::nvidia_fields(), smi);
  libre::probe::read_nvidia_users(text, smi);
  libre::MachineFigures rocm;
  const auto tables = libre::probe::parse_tables(text);
  if (tables) libre::probe::read_rocm(*tables, rocm);
  rocm.gpus.resize(2);
  libre::probe::read_rocm_users(text, tables.value_or(libre::probe::Tables{}), rocm);
  return 0;
}
