#include "bench/sync/material.hpp"

#include <fmt/format.h>

#include <fstream>
#include <random>
#include <stdexcept>
#include <string>

namespace libre::bench {
namespace fs = std::filesystem;
namespace {

using Random = std::mt19937_64;
constexpr int files_each_directory = 100;

fs::path file_name(const fs::path& root, int index) {
  return root / fmt::format("part{:04}", index / files_each_directory) /
         fmt::format("module{:02}.py", index % files_each_directory);
}

std::string words(std::size_t size, std::uint64_t seed) {
  static const char* const vocabulary[] = {"self",  "return", "def",   "loss",  "import",
                                           "batch", "layer",  "train", "model", "0.001"};
  Random random(seed);
  std::string text;
  while (text.size() < size) {
    const auto word = random();
    text += vocabulary[word % std::size(vocabulary)];
    text += word % 7 == 0 ? "\n" : word % 3 == 0 ? std::to_string(word % 100'000) : " ";
  }
  text.resize(size);
  return text;
}

std::string noise(std::size_t size, std::uint64_t seed) {
  Random random(seed);
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i + 8 <= size; i += 8) {
    const auto word = random();
    for (std::size_t byte = 0; byte < 8; ++byte)
      bytes[i + byte] = static_cast<char>(word >> 8 * byte);
  }
  return bytes;
}

void put(const fs::path& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << content;
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

std::size_t size_of(int index) { return 1000 + static_cast<std::size_t>(index) * 7919 % 9000; }

}  // namespace

void make_files(const fs::path& root, int count) {
  for (int i = 0; i < count; ++i) {
    const auto path = file_name(root, i);
    if (i % files_each_directory == 0) fs::create_directories(path.parent_path());
    put(path, words(size_of(i), static_cast<std::uint64_t>(i)));
  }
}

void change_files(const fs::path& root, int count, int step, std::uint64_t seed) {
  for (int i = step / 2; i < count; i += step)
    put(file_name(root, i), words(size_of(i), seed * 1'000'003 + static_cast<std::uint64_t>(i)));
}

void rename_directory(const fs::path& root) {
  const fs::path one = root / "part0000", other = root / "renamed";
  if (fs::exists(one))
    fs::rename(one, other);
  else
    fs::rename(other, one);
}

void make_large(const fs::path& file, std::uint64_t size) {
  constexpr std::uint64_t piece = 4u << 20;
  put(file, {});
  for (std::uint64_t done = 0; done < size; done += piece) append(file, piece, done);
}

void change_pages(const fs::path& file, int pages, std::uint64_t seed) {
  const std::uint64_t count = fs::file_size(file) / 4096;
  Random random(seed);
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  for (int i = 0; i < pages; ++i) {
    stream.seekp(static_cast<std::streamoff>(random() % count * 4096));
    stream << noise(4096, random());
  }
}

void insert_front(const fs::path& file, std::uint64_t bytes, std::uint64_t seed) {
  const fs::path moved = file.string() + ".new";
  put(moved, noise(bytes, seed));
  std::ofstream(moved, std::ios::binary | std::ios::app)
      << std::ifstream(file, std::ios::binary).rdbuf();
  fs::rename(moved, file);
}

void append(const fs::path& file, std::uint64_t bytes, std::uint64_t seed) {
  std::ofstream(file, std::ios::binary | std::ios::app) << noise(bytes, seed);
}

}  // namespace libre::bench
