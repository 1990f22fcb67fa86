// A libnvidia-ml.so.1 without a GPU: what it tells stands in the file "gpus" beside it, which
// tests/support/fake_nvml.hpp writes. AGE is the driver's: it decides which functions are there.
//
// The layouts are written down a second time here, from the same pages as those of nvml/functions.hpp, so that
// a mistake in one of them is seen.
#include <dlfcn.h>
#include <pthread.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

using Size = unsigned long long;

struct Device {
  char uuid[96], name[96];
  Size total, reserved, used;
  unsigned share, degrees, milliwatts;
  int parent;  // of a MIG instance; -1
};

struct User {
  int device;
  unsigned pid;
  Size bytes;
  char name[96];
};

struct Trouble {
  char function[96];
  int device;  // -1: any
  int code;    // -1: it hangs; -2: it crashes
};

Device devices[64];
User users[64];
Trouble troubles[64];
int device_count, user_count, trouble_count, cuda;
char driver[96];
thread_local int asked;  // what makes a library hard to load from a static program

int number_of(const Device* device) { return static_cast<int>(device - devices); }

int trouble_with(const char* function, const Device* device = nullptr) {
  ++asked;
  for (int i = 0; i < trouble_count; ++i) {
    const Trouble& trouble = troubles[i];
    if (std::strcmp(trouble.function, function) != 0) continue;
    if (trouble.device >= 0 && (!device || number_of(device) != trouble.device)) continue;
    if (trouble.code == -1) ::sleep(3600);
    if (trouble.code == -2) std::abort();
    return trouble.code;
  }
  return 0;
}

#define FAIL_IF_TOLD(...) \
  if (const int code = trouble_with(__func__ __VA_OPT__(, ) __VA_ARGS__)) return code

void read_line(const char* line) {
  Device device{};
  User user{};
  Trouble trouble{};
  device.parent = -1;
  int at = 0;
  std::sscanf(line, "driver %95s", driver);
  std::sscanf(line, "cuda %d", &cuda);
  // Each device has its number by its place in the file; an instance says whose it is.
  if (std::sscanf(line, "device %d %95s %llu %llu %llu %u %u %u %n", &device.parent, device.uuid,
                  &device.total, &device.reserved, &device.used, &device.share, &device.degrees,
                  &device.milliwatts, &at) == 8) {
    std::snprintf(device.name, sizeof device.name, "%.*s",
                  static_cast<int>(std::strcspn(line + at, "\n")), line + at);
    devices[device_count++] = device;
  }
  if (std::sscanf(line, "user %d %u %llu %95s", &user.device, &user.pid, &user.bytes, user.name) ==
      4)
    users[user_count++] = user;
  if (std::sscanf(line, "trouble %95s %d %d", trouble.function, &trouble.device, &trouble.code) ==
      3)
    troubles[trouble_count++] = trouble;
}

void* read_all(void* folder) {
  char path[4096], line[512];
  std::snprintf(path, sizeof path, "%s/gpus", static_cast<char*>(folder));
  if (std::FILE* file = std::fopen(path, "re")) {
    while (std::fgets(line, sizeof line, file)) read_line(line);
    std::fclose(file);
  }
  return nullptr;
}

void note_call(const char* folder) {
  char path[4096];
  std::snprintf(path, sizeof path, "%s/calls", folder);
  if (std::FILE* file = std::fopen(path, "ae")) {
    std::fprintf(file, "%d\n", ::getpid());
    std::fclose(file);
  }
}

int copy(const char* from, char* to, unsigned size) {
  const auto length = std::strlen(from) + 1;
  if (length > size) return 7;  // insufficient size
  std::memcpy(to, from, length);
  return 0;
}

// Entries of `size` bytes, the way this driver lays them out.
[[maybe_unused]] int list(const Device* device, unsigned* count, void* infos, unsigned size) {
  unsigned found = 0;
  for (int i = 0; i < user_count; ++i) {
    if (users[i].device != number_of(device)) continue;
    unsigned char entry[32];
    const unsigned none = 0xFFFFFFFF;
    std::memset(entry, 0xEE, sizeof entry);
    std::memcpy(entry, &users[i].pid, 4);
    std::memcpy(entry + 8, &users[i].bytes, 8);
    std::memcpy(entry + 16, &none, 4);
    std::memcpy(entry + 20, &none, 4);
    if (found < *count) std::memcpy(static_cast<char*>(infos) + found * size, entry, size);
    ++found;
  }
  const bool fits = found <= *count;
  *count = found;
  return fits ? 0 : 7;
}

}  // namespace

extern "C" {

int nvmlInit_v2() {
  Dl_info self{};
  ::dladdr(reinterpret_cast<const void*>(&nvmlInit_v2), &self);
  char* folder = ::strdup(self.dli_fname);
  *std::strrchr(folder, '/') = '\0';
  note_call(folder);
  pthread_t thread{};
  if (::pthread_create(&thread, nullptr, read_all, folder) != 0) return 999;
  ::pthread_join(thread, nullptr);
  std::free(folder);
  FAIL_IF_TOLD();
  return 0;
}

const char* nvmlErrorString(int code) {
  return code == 15 ? "GPU is lost" : code == 18 ? "Driver/library version mismatch" : "Trouble";
}

int nvmlSystemGetDriverVersion(char* text, unsigned size) {
  FAIL_IF_TOLD();
  return copy(driver, text, size);
}

int nvmlSystemGetCudaDriverVersion(int* version) {
  FAIL_IF_TOLD();
  *version = cuda;
  return 0;
}

int nvmlSystemGetProcessName(unsigned pid, char* text, unsigned size) {
  FAIL_IF_TOLD();
  for (int i = 0; i < user_count; ++i)
    if (users[i].pid == pid) return copy(users[i].name, text, size);
  return 6;
}

int nvmlDeviceGetCount_v2(unsigned* count) {
  FAIL_IF_TOLD();
  *count = 0;
  for (int i = 0; i < device_count; ++i) *count += devices[i].parent < 0;
  return 0;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, Device** device) {
  if (index >= static_cast<unsigned>(device_count)) return 2;
  *device = &devices[index];
  FAIL_IF_TOLD(*device);
  return 0;
}

int nvmlDeviceGetUUID(Device* device, char* text, unsigned size) {
  FAIL_IF_TOLD(device);
  return copy(device->uuid, text, size);
}

int nvmlDeviceGetName(Device* device, char* text, unsigned size) {
  FAIL_IF_TOLD(device);
  return copy(device->name, text, size);
}

int nvmlDeviceGetMemoryInfo(Device* device, Size* total_free_used) {
  FAIL_IF_TOLD(device);
  total_free_used[0] = device->total;
  total_free_used[1] = device->total - device->reserved - device->used;
  total_free_used[2] = device->reserved + device->used;
  return 0;
}

int nvmlDeviceGetUtilizationRates(Device* device, unsigned* gpu_and_memory) {
  FAIL_IF_TOLD(device);
  gpu_and_memory[0] = device->share;
  gpu_and_memory[1] = 99;
  return 0;
}

int nvmlDeviceGetTemperature(Device* device, int sensor, unsigned* degrees) {
  FAIL_IF_TOLD(device);
  if (sensor != 0) return 2;
  *degrees = device->degrees;
  return 0;
}

int nvmlDeviceGetPowerUsage(Device* device, unsigned* milliwatts) {
  FAIL_IF_TOLD(device);
  *milliwatts = device->milliwatts;
  return 0;
}

int nvmlDeviceGetComputeRunningProcesses(Device* device, unsigned* count, void* infos) {
  FAIL_IF_TOLD(device);
  return list(device, count, infos, 16);
}

#if AGE >= 470
int nvmlSystemGetCudaDriverVersion_v2(int* version) {
  return nvmlSystemGetCudaDriverVersion(version);
}

int nvmlDeviceGetComputeRunningProcesses_v2(Device* device, unsigned* count, void* infos) {
  FAIL_IF_TOLD(device);
  return list(device, count, infos, 24);
}

int nvmlDeviceGetMigMode(Device* device, unsigned* now, unsigned* after_a_reset) {
  FAIL_IF_TOLD(device);
  *now = *after_a_reset = 0;
  for (int i = 0; i < device_count; ++i)
    if (devices[i].parent == number_of(device)) *now = *after_a_reset = 1;
  return 0;
}

int nvmlDeviceGetMaxMigDeviceCount(Device* device, unsigned* count) {
  FAIL_IF_TOLD(device);
  *count = 7;
  return 0;
}

int nvmlDeviceGetMigDeviceHandleByIndex(Device* device, unsigned index, Device** instance) {
  FAIL_IF_TOLD(device);
  for (int i = 0; i < device_count; ++i)
    if (devices[i].parent == number_of(device) && index-- == 0) {
      *instance = &devices[i];
      return 0;
    }
  return 6;
}
#endif

#if AGE >= 535
int nvmlDeviceGetMemoryInfo_v2(Device* device, void* info) {
  FAIL_IF_TOLD(device);
  unsigned version = 0;
  std::memcpy(&version, info, 4);
  if (version != 0x02000028) return 25;  // another version of the argument
  const Size rest[] = {device->total, device->reserved,
                       device->total - device->reserved - device->used, device->used};
  std::memcpy(static_cast<char*>(info) + 8, rest, sizeof rest);
  return 0;
}

int nvmlDeviceGetConfComputeMemSizeInfo(Device*, void*) { return 3; }

int nvmlDeviceGetComputeRunningProcesses_v3(Device* device, unsigned* count, void* infos) {
  FAIL_IF_TOLD(device);
  return list(device, count, infos, AGE == 535 ? 32 : 24);
}
#endif

#if AGE >= 580
int nvmlDeviceGetRunningProcessDetailList(Device*, void*) { return 3; }
#endif

}  // extern "C"
