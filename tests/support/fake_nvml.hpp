// A libnvidia-ml.so.1 of a test's own (tests/support/nvml/), in a directory of its own: put that on the
// LD_LIBRARY_PATH of whoever is to find it. It has the GPUs that FakeGpus has, and tells the same of them.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

namespace libre::testing {

class FakeNvml {
 public:
  // Makes `directory` with `count` idle H100s. `age` is the driver's: 390 and 470 have older functions,
  // 535 lists processes in a way of its own, 580 is a new one.
  FakeNvml(std::filesystem::path directory, int count, int age = 580);

  const std::filesystem::path& directory() const { return directory_; }

  // As FakeGpus::use(). `device` counts GPUs, and behind them instances in the order of their coming.
  void use(int device, std::int64_t pid, const std::string& name = "python3");
  void nobody_uses_them();
  // One more MIG instance of a GPU; returns its number among all devices. 4864 MiB, of which 13 are in use.
  int divide(int gpu);
  static std::string instance_uuid(int device);  // "MIG-…"

  // A function returns `code` (NVML's), of one device or (-1) of any.
  void fail(const std::string& function, int code, int device = -1);
  void hang(const std::string& function) { fail(function, -1); }
  void crash(const std::string& function) { fail(function, -2); }
  void recover();  // from all three

  void put(const std::string& line);  // into its file, as it is
  std::size_t calls() const;          // how often it was begun with
  std::string pid_of_last_call() const;

 private:
  void write() const;
  std::filesystem::path directory_;
  int devices_;
  std::string gpus_, users_, troubles_;
};

std::string nvml_reader();  // the program's bytes

}  // namespace libre::testing
