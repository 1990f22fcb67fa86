#include "bench/delta/changes.hpp"

#include <algorithm>
#include <cstring>

namespace libre::bench {
namespace {

constexpr std::size_t page = 4096, megabyte = 1'000'000;

Change pages_changed(std::size_t count) {
  return {std::to_string(count) + " pages of 4 KiB changed", [count](auto& text, auto& random) {
            for (std::size_t i = 0; i < count; ++i)
              text.replace(random() % (text.size() / page) * page, page, noise(page, random));
          }};
}

void insert_everywhere(std::string& text, std::mt19937_64& random) {
  constexpr std::size_t pieces = 1000;
  std::string out;
  const std::size_t piece = text.size() / pieces;
  for (std::size_t i = 0; i < pieces; ++i) out += text.substr(i * piece, piece) + noise(10, random);
  text = std::move(out);
}

void swap_halves(std::string& text) {
  std::rotate(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(text.size() / 2 + 1),
              text.end());
}

}  // namespace

std::string noise(std::size_t size, std::mt19937_64& random) {
  std::string bytes(size, '\0');
  for (std::size_t at = 0; at < size; at += sizeof(std::uint64_t)) {
    const std::uint64_t value = random();
    std::memcpy(bytes.data() + at, &value, std::min(sizeof value, size - at));
  }
  return bytes;
}

std::vector<Change> changes() {
  return {
      {"nothing changed", [](auto&, auto&) {}},
      pages_changed(64),
      pages_changed(5000),
      {"1 MB inserted at the front",
       [](auto& text, auto& random) { text.insert(0, noise(megabyte, random)); }},
      {"1 MB appended", [](auto& text, auto& random) { text += noise(megabyte, random); }},
      {"10 bytes inserted at 1000 places", insert_everywhere},
      {"the halves change places", [](auto& text, auto&) { swap_halves(text); }},
      {"everything changed", [](auto& text, auto& random) { text = noise(text.size(), random); }},
  };
}

}  // namespace libre::bench
