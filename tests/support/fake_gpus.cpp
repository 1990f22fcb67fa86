#include "support/fake_gpus.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/files.hpp"
#include "support/material.hpp"

namespace libre::testing {
namespace fs = std::filesystem;
namespace {

constexpr const char* program = R"sh(#!/bin/sh
here=$(dirname "$0")
echo "$*" >> "$here/calls"
case "$*" in
  *--query-gpu=*) answer=gpus ;;
  *--query-compute-apps=*) answer=users ;;
  *) answer=cuda ;;
esac
[ -e "$here/hang" ] && exec sleep 3600
cat "$here/$answer"
exit "$(cat "$here/code")"
)sh";

constexpr const char* cuda = R"(
==============NVSMI LOG==============

Timestamp                                 : Sat Nov 21 15:00:00 2026
Driver Version                            : 550.54.15
CUDA Version                              : 12.4

Attached GPUs                             : 1
)";

}  // namespace

std::string FakeGpus::uuid(int index) {
  return fmt::format("GPU-{:08x}-1234-5678-9abc-def012345678", index);
}

FakeGpus::FakeGpus(fs::path directory, int count)
    : directory_(std::move(directory)), count_(count), used_(static_cast<std::size_t>(count), ' ') {
  fs::create_directories(directory_);
  put(directory_ / "nvidia-smi", program, 0755);
  put(directory_ / "cuda", cuda);
  put(directory_ / "code", "0");
  write();
}

void FakeGpus::use(int index, std::int64_t pid, const std::string& name) {
  users_ += fmt::format("{}, {}, 1024, {}\n", uuid(index), pid, name);
  used_[static_cast<std::size_t>(index)] = 'x';
  write();
}

void FakeGpus::nobody_uses_them() {
  users_.clear();
  std::fill(used_.begin(), used_.end(), ' ');
  write();
}

void FakeGpus::answer(const std::string& gpus, int code) const {
  put(directory_ / "gpus", gpus);
  put(directory_ / "code", std::to_string(code));
}

void FakeGpus::hang(bool on) const {
  if (on)
    put(directory_ / "hang", "");
  else
    fs::remove(directory_ / "hang");
}

std::size_t FakeGpus::calls() const {
  const auto text = read_file(directory_ / "calls").value_or("");
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

void FakeGpus::write() const {
  std::string gpus;
  for (int i = 0; i < count_; ++i) {
    const int used = used_[static_cast<std::size_t>(i)] == 'x' ? 1028 : 4;
    gpus += fmt::format(
        "{}, {}, 81559, {}, {}, 0, 31, 70.12, Disabled, 550.54.15, NVIDIA H100 80GB HBM3\n", i,
        uuid(i), used, 81079 - used);
  }
  answer(gpus, 0);
  put(directory_ / "users", users_);
}

}  // namespace libre::testing
