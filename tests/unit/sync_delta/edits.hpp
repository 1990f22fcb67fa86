// What the tests of deltas share: contents, and what people do to them.
#pragma once
#include <algorithm>
#include <random>
#include <string>

#include "sync/delta/delta.hpp"

namespace edits {

inline constexpr std::uint32_t block = libre::sync::min_block_size;

// Bytes without any repetition. The same seed gives the same bytes.
inline std::string noise(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string bytes(size, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

class Editor {
 public:
  explicit Editor(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }

  // One edit; returns how many bytes of the result are new because of it.
  std::size_t edit(std::string& text) {
    const std::size_t at = below(text.size() + 1);
    const std::size_t length = 1 + below(below(2) == 0 ? 40 : 9000);
    switch (below(7)) {
      case 0: {  // overwrite
        const auto covered = std::min(length, text.size() - at);
        text.replace(at, covered, noise(covered, random_()));
        return covered;
      }
      case 1:
        text.insert(at, noise(length, random_()));
        return length;
      case 2:
        text.erase(at, length);
        return 0;
      case 3:
        text += noise(length, random_());
        return length;
      case 4:
        text.resize(text.size() - std::min(text.size(), length));
        return 0;
      case 5: {  // move
        const auto piece = text.substr(at, 20 * length);
        text.erase(at, piece.size());
        text.insert(below(text.size() + 1), piece);
        return 0;
      }
      default:  // duplicate
        text.insert(below(text.size() + 1), text.substr(at, 20 * length));
        return 0;
    }
  }

 private:
  std::mt19937_64 random_;
};

class Text final : public libre::sync::Content {
 public:
  explicit Text(std::string_view text) : text_(text) {}
  libre::Result<std::string_view> at(std::uint64_t offset, std::size_t length) override {
    if (offset > text_.size() || length > text_.size() - offset)
      return libre::Error{libre::Errc::internal, "bytes behind the end were asked for"};
    read += length;
    return text_.substr(static_cast<std::size_t>(offset), length);
  }
  std::uint64_t read = 0;

 private:
  std::string_view text_;
};

// What the steps make of the two contents; throws std::out_of_range where they are not in them.
inline std::string built(const std::vector<libre::sync::Step>& steps, const std::string& old,
                         const std::string& now) {
  std::string out;
  for (const auto& step : steps) {
    const auto& from = step.kind == libre::sync::Step::Kind::copy ? old : now;
    if (step.length == 0 || step.length > from.size() || step.offset > from.size() - step.length)
      throw std::out_of_range("a step is not in its content");
    out.append(from, static_cast<std::size_t>(step.offset), static_cast<std::size_t>(step.length));
  }
  return out;
}

}  // namespace edits
