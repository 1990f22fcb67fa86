// A nvidia-smi of a test's own: a program in a directory of its own, which prints the answers that lie
// beside it and notes how it was called.
#pragma once
#include <filesystem>
#include <string>

namespace libre::testing {

class FakeGpus {
 public:
  // Makes `directory` with `count` idle H100s in it; put it on the PATH of whoever is to see them.
  FakeGpus(std::filesystem::path directory, int count);

  const std::filesystem::path& directory() const { return directory_; }
  static std::string uuid(int index);  // "GPU-00000000-…"

  // A process on a GPU: 1024 MiB of its memory from now on, whatever the utilisation.
  void use(int index, std::int64_t pid, const std::string& name = "python3");
  void nobody_uses_them();
  // The whole answer about GPUs, instead of those of `count`; `code` is the tool's exit code.
  void answer(const std::string& gpus, int code = 0) const;
  void hang(bool on) const;
  std::size_t calls() const;

 private:
  void write() const;
  std::filesystem::path directory_;
  int count_;
  std::string users_;
  std::string used_;  // an 'x' for each process, at most; where
};

}  // namespace libre::testing
