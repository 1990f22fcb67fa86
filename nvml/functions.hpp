// The functions of NVML that the reader calls, by name.
//
// Facts are those of NVIDIA's "NVML API Reference Guide" (docs.nvidia.com/deploy/nvml-api; older drivers'
// under /deploy/archive): nvmlReturn_t is an enum from 0, nvmlDevice_t a pointer, and what belongs together
// is in its pages "Device Queries", "Multi Instance GPU Management" and "Device Structs".
// Which function is how old: names end with _v2, _v3 where the driver brought another one, and older drivers do
// not have them. So every one is weak: what a driver lacks is null, and nothing fails to load.
#pragma once

// F(what it returns, name, parameters)
#define LIBRE_NVML_FUNCTIONS(F)                                                                  \
  F(int, nvmlInit_v2, ())                                                                        \
  F(const char*, nvmlErrorString, (int code))                                                    \
  F(int, nvmlSystemGetDriverVersion, (char* text, unsigned size))                                \
  F(int, nvmlSystemGetCudaDriverVersion, (int* version))                                         \
  F(int, nvmlSystemGetCudaDriverVersion_v2, (int* version))                                      \
  F(int, nvmlSystemGetProcessName, (unsigned pid, char* text, unsigned size))                    \
  F(int, nvmlDeviceGetCount_v2, (unsigned* count))                                               \
  F(int, nvmlDeviceGetHandleByIndex_v2, (unsigned index, NvmlDevice* device))                    \
  F(int, nvmlDeviceGetUUID, (NvmlDevice device, char* text, unsigned size))                      \
  F(int, nvmlDeviceGetName, (NvmlDevice device, char* text, unsigned size))                      \
  F(int, nvmlDeviceGetMemoryInfo, (NvmlDevice device, NvmlMemory * memory))                      \
  F(int, nvmlDeviceGetMemoryInfo_v2, (NvmlDevice device, NvmlMemory2 * memory))                  \
  F(int, nvmlDeviceGetUtilizationRates, (NvmlDevice device, NvmlUtilisation * shares))           \
  F(int, nvmlDeviceGetTemperature, (NvmlDevice device, int sensor, unsigned* degrees))           \
  F(int, nvmlDeviceGetPowerUsage, (NvmlDevice device, unsigned* milliwatts))                     \
  F(int, nvmlDeviceGetComputeRunningProcesses, (NvmlDevice device, unsigned* count, void* list)) \
  F(int, nvmlDeviceGetComputeRunningProcesses_v2,                                                \
    (NvmlDevice device, unsigned* count, void* list))                                            \
  F(int, nvmlDeviceGetComputeRunningProcesses_v3,                                                \
    (NvmlDevice device, unsigned* count, void* list))                                            \
  F(int, nvmlDeviceGetConfComputeMemSizeInfo, (NvmlDevice device, void* sizes))                  \
  F(int, nvmlDeviceGetRunningProcessDetailList, (NvmlDevice device, void* list))                 \
  F(int, nvmlDeviceGetMigMode, (NvmlDevice device, unsigned* now, unsigned* after_a_reset))      \
  F(int, nvmlDeviceGetMaxMigDeviceCount, (NvmlDevice device, unsigned* count))                   \
  F(int, nvmlDeviceGetMigDeviceHandleByIndex,                                                    \
    (NvmlDevice device, unsigned index, NvmlDevice* instance))

namespace nvml {

struct Device;
using NvmlDevice = Device*;

// nvmlMemory_t: `used` holds what the driver keeps for itself.
struct NvmlMemory {
  unsigned long long total, free, used;
};
// nvmlMemory_v2_t: the caller says its size and its version. The pages of driver 525 say that `used` holds
// `reserved` too, later ones do not; an idle GPU is idle either way (lib/probe/free_gpus.cpp).
struct NvmlMemory2 {
  unsigned version;
  unsigned long long total, reserved, free, used;
};
static_assert(sizeof(NvmlMemory) == 24 && sizeof(NvmlMemory2) == 40);
constexpr unsigned memory_version_2 = sizeof(NvmlMemory2) | 2u << 24;

// nvmlUtilization_t
struct NvmlUtilisation {
  unsigned gpu, memory;
};

// What nvmlProcessInfo_v1_t, _v2_t and nvmlProcessInfo_t begin with. How long one is see process_size().
struct NvmlProcess {
  unsigned pid;
  unsigned long long memory;
};
static_assert(sizeof(NvmlProcess) == 16);
constexpr unsigned long long memory_unknown = ~0ull;  // NVML_VALUE_NOT_AVAILABLE

// nvmlReturn_t
constexpr int success = 0, not_supported = 3, no_permission = 4, not_found = 6,
              library_not_found = 12, function_not_found = 13;
// nvmlTemperatureSensors_t
constexpr int sensor_of_the_gpu = 0;

#define LIBRE_NVML_DECLARE(type, name, parameters) extern "C" [[gnu::weak]] type name parameters;
LIBRE_NVML_FUNCTIONS(LIBRE_NVML_DECLARE)
#undef LIBRE_NVML_DECLARE

}  // namespace nvml
