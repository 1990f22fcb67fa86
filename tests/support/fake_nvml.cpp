#include "support/fake_nvml.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/files.hpp"
#include "base/text.hpp"
#include "support/fake_gpus.hpp"
#include "support/material.hpp"

namespace libre::testing {
namespace fs = std::filesystem;

namespace {

// As the library reads them: what is in use of a GPU, then its load and its degrees.
const std::string idle = fmt::format(" {} 0 31 ", 4ull << 20);
const std::string busy = fmt::format(" {} 0 31 ", 1028ull << 20);

}  // namespace

FakeNvml::FakeNvml(fs::path directory, int count, int age)
    : directory_(std::move(directory)), devices_(count) {
  fs::create_directories(directory_);
  const fs::path library =
      fs::path(LIBRE_BUILD_DIR) / "fakes/nvml" / std::to_string(age) / "libnvidia-ml.so.1";
  fs::copy_file(library, directory_ / "libnvidia-ml.so.1", fs::copy_options::overwrite_existing);
  gpus_ = "driver 550.54.15\ncuda 12040\n";
  for (int i = 0; i < count; ++i)
    gpus_ += fmt::format("device -1 {} {} {}{}70120 NVIDIA H100 80GB HBM3\n", FakeGpus::uuid(i),
                         81559ull << 20, 480ull << 20, idle);
  write();
}

void FakeNvml::use(int device, std::int64_t pid, const std::string& name) {
  // Its memory is in use as well, once, whoever comes next.
  std::size_t line = 0;
  for (int i = -1; i < device; ++i) line = gpus_.find("device ", line) + 1;
  const auto at = gpus_.find(idle, line), end = gpus_.find('\n', line);
  if (at < end) gpus_.replace(at, idle.size(), busy);
  users_ += fmt::format("user {} {} {} {}\n", device, pid, 1024ull << 20, name);
  write();
}

void FakeNvml::nobody_uses_them() {
  users_.clear();
  for (auto at = gpus_.find(busy); at != std::string::npos; at = gpus_.find(busy))
    gpus_.replace(at, busy.size(), idle);
  write();
}

int FakeNvml::divide(int gpu) {
  const int device = devices_++;
  gpus_ += fmt::format("device {} {} {} 0 {} 0 0 0 NVIDIA H100 80GB HBM3 MIG 1g.5gb\n", gpu,
                       instance_uuid(device), 4864ull << 20, 13ull << 20);
  write();
  return device;
}

std::string FakeNvml::instance_uuid(int device) {
  return fmt::format("MIG-{:08x}-1234-5678-9abc-def012345678", device);
}

void FakeNvml::fail(const std::string& function, int code, int device) {
  troubles_ += fmt::format("trouble {} {} {}\n", function, device, code);
  write();
}

void FakeNvml::recover() {
  troubles_.clear();
  write();
}

void FakeNvml::put(const std::string& line) {
  gpus_ += line + "\n";
  write();
}

std::size_t FakeNvml::calls() const {
  const auto text = read_file(directory_ / "calls").value_or("");
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

std::string FakeNvml::pid_of_last_call() const {
  const auto pids = split_lines(read_file(directory_ / "calls").value_or(""));
  return pids.empty() ? "" : pids.back();
}

void FakeNvml::write() const { testing::put(directory_ / "gpus", gpus_ + users_ + troubles_); }

std::string nvml_reader() {
  return read_file(fs::path(LIBRE_BUILD_DIR) / "nvml/nvml-reader", 1u << 20).value_or("");
}

}  // namespace libre::testing
