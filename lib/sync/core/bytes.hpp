// Little binary notation that trees, manifests and notes share: LEB128 numbers and counted strings.
// Pure. The reader never believes a length that the bytes do not have.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/digest.hpp"

namespace libre::sync {

class ByteWriter {
 public:
  void number(std::uint64_t value);
  void signed_number(std::int64_t value);  // zigzag: small negative numbers stay short
  void byte(std::uint8_t value) { bytes_.push_back(static_cast<char>(value)); }
  void text(std::string_view value);  // its size, then its bytes
  void digest(const Digest& value);
  void raw(std::string_view value) { bytes_ += value; }
  void reserve(std::size_t size) { bytes_.reserve(size); }  // what is expected in all
  void clear() { bytes_.clear(); }                          // keeps the room
  const std::string& bytes() const { return bytes_; }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// After the first thing that does not fit, ok() is false and everything read is zero or empty.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}
  std::uint64_t number();
  std::int64_t signed_number();
  std::uint8_t byte();
  std::string_view text(std::size_t limit);
  std::string_view raw(std::size_t size);
  Digest digest();
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }
  std::size_t left() const { return rest_.size(); }
  void fail() {  // for who finds that what was read makes no sense
    ok_ = false;
    rest_ = {};
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace libre::sync
