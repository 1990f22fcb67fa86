// Asks NVML for all that `re probe` shows, prints it, and ends. The agent runs it from memory and reads its
// lines (lib/probe/nvml.hpp says what they mean).
//
// It ends with 0 where it has said all ("end" is its last line), with 1 where NVML cannot be used; the machine's
// loader ends it with 127 where there is no NVML. What a GPU does not tell is left out.
#include <unistd.h>

#include "functions.hpp"
#include "output.hpp"

namespace nvml {
namespace {

// Seconds. The agent's is no longer (lib/probe/local_probe_host.cpp), but the agent may be gone.
constexpr unsigned patience = 60;

constinit Output out;

// What an older driver does not have cannot be called.
#define CALL(function, ...) (function ? function(__VA_ARGS__) : function_not_found)

// Whether an answer came. What is not there for anybody, or not for us, is no complaint.
bool told(const unsigned* gpu, const char* function, int code) {
  if (code == success) return true;
  if (code == not_supported || code == no_permission || code == not_found ||
      code == function_not_found)
    return false;
  out.word("error");
  gpu ? out.number(*gpu) : out.word("-");
  out.number(static_cast<unsigned>(code)).word(function);
  if (nvmlErrorString) out.word(nvmlErrorString(code));
  out.end_line();
  return false;
}

#define ASK(gpu, function, ...) told(gpu, #function, CALL(function, __VA_ARGS__))

void say(const char* what, unsigned long long value) { out.word(what).number(value).end_line(); }

void say_text(const char* what, char* text, unsigned size) {
  text[size - 1] = '\0';
  out.word(what).word(text).end_line();
}

void tell_system() {
  char text[96] = "";
  if (ASK(nullptr, nvmlSystemGetDriverVersion, text, sizeof text))
    say_text("driver", text, sizeof text);
  int cuda = 0;
  if (CALL(nvmlSystemGetCudaDriverVersion_v2, &cuda) != success) {
    const int code = CALL(nvmlSystemGetCudaDriverVersion, &cuda);
    // Containers that were given the driver's tools only have no CUDA.
    if (code == library_not_found || !told(nullptr, "nvmlSystemGetCudaDriverVersion", code)) return;
  }
  say("cuda", static_cast<unsigned>(cuda));
}

void tell_memory(unsigned gpu, NvmlDevice device) {
  NvmlMemory2 memory{memory_version_2, 0, 0, 0, 0};
  if (CALL(nvmlDeviceGetMemoryInfo_v2, device, &memory) != success) {
    NvmlMemory old{};
    if (!ASK(&gpu, nvmlDeviceGetMemoryInfo, device, &old)) return;
    memory.total = old.total;
    memory.used = old.used;
    memory.free = old.free;
  }
  out.word("memory").number(memory.total).number(memory.used).number(memory.free).end_line();
}

// Drivers 535.43 to 535.98 append a number to what they list; others before and after do not. They are known
// by two functions, one that came with them and one that came when it was taken back; so says nvitop
// (nvitop/api/libnvml.py), which met them.
unsigned process_size() {
  if (nvmlDeviceGetComputeRunningProcesses_v3)
    return nvmlDeviceGetConfComputeMemSizeInfo && !nvmlDeviceGetRunningProcessDetailList ? 32 : 24;
  return nvmlDeviceGetComputeRunningProcesses_v2 ? 24 : 16;
}

constexpr unsigned most_processes = 4096;
alignas(8) unsigned char processes[most_processes * 32];

void tell_users(unsigned gpu, NvmlDevice device) {
  unsigned count = most_processes;
  const bool listed =
      nvmlDeviceGetComputeRunningProcesses_v3
          ? ASK(&gpu, nvmlDeviceGetComputeRunningProcesses_v3, device, &count, processes)
      : nvmlDeviceGetComputeRunningProcesses_v2
          ? ASK(&gpu, nvmlDeviceGetComputeRunningProcesses_v2, device, &count, processes)
          : ASK(&gpu, nvmlDeviceGetComputeRunningProcesses, device, &count, processes);
  if (!listed) return;
  for (unsigned i = 0; i < count && i < most_processes; ++i) {
    const auto* process = reinterpret_cast<const NvmlProcess*>(processes + i * process_size());
    out.word("user").number(process->pid);
    process->memory == memory_unknown ? out.word("-") : out.number(process->memory);
    char name[256] = "";
    if (CALL(nvmlSystemGetProcessName, process->pid, name, sizeof name) == success) {
      name[sizeof name - 1] = '\0';
      out.word(name);
    }
    out.end_line();
  }
}

// What a GPU and a MIG instance have in common.
void tell_device(unsigned gpu, NvmlDevice device) {
  char text[128] = "";
  if (ASK(&gpu, nvmlDeviceGetUUID, device, text, sizeof text)) say_text("uuid", text, sizeof text);
  if (ASK(&gpu, nvmlDeviceGetName, device, text, sizeof text)) say_text("name", text, sizeof text);
  tell_memory(gpu, device);
}

void tell_instances(unsigned gpu, NvmlDevice device) {
  unsigned count = 0;
  if (!ASK(&gpu, nvmlDeviceGetMaxMigDeviceCount, device, &count)) return;
  for (unsigned i = 0; i < count; ++i) {
    NvmlDevice instance = nullptr;
    // Instances that are not there are "not found".
    if (!ASK(&gpu, nvmlDeviceGetMigDeviceHandleByIndex, device, i, &instance)) continue;
    say("instance", i);
    tell_device(gpu, instance);
    tell_users(gpu, instance);
  }
}

void tell_gpu(unsigned gpu) {
  NvmlDevice device = nullptr;
  if (!ASK(&gpu, nvmlDeviceGetHandleByIndex_v2, gpu, &device)) return;
  say("gpu", gpu);
  tell_device(gpu, device);
  NvmlUtilisation shares{};
  if (ASK(&gpu, nvmlDeviceGetUtilizationRates, device, &shares)) say("utilisation", shares.gpu);
  unsigned value = 0;
  if (ASK(&gpu, nvmlDeviceGetTemperature, device, sensor_of_the_gpu, &value))
    say("temperature", value);
  if (ASK(&gpu, nvmlDeviceGetPowerUsage, device, &value)) say("milliwatts", value);
  unsigned divided = 0, after_a_reset = 0;
  if (ASK(&gpu, nvmlDeviceGetMigMode, device, &divided, &after_a_reset) && divided) {
    say("divided", divided);
    tell_instances(gpu, device);  // whose users they are, too
  } else {
    tell_users(gpu, device);
  }
}

bool tell_all() {
  unsigned count = 0;
  if (!ASK(nullptr, nvmlInit_v2)) return false;
  if (!ASK(nullptr, nvmlDeviceGetCount_v2, &count)) return false;
  tell_system();
  for (unsigned i = 0; i < count; ++i) tell_gpu(i);
  out.word("end").end_line();
  return true;
}

}  // namespace

// The driver's own clean-up is left out: the kernel does it, and cannot hang there in our name.
extern "C" [[noreturn]] void nvml_reader() {
  ::alarm(patience);
  const bool all = tell_all();
  out.flush();
  ::_exit(all ? 0 : 1);
}

}  // namespace nvml
