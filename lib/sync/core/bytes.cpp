#include "sync/core/bytes.hpp"

#include <algorithm>

namespace libre::sync {

void ByteWriter::number(std::uint64_t value) {
  char parts[10];
  std::size_t count = 0;
  for (; value >= 0x80; value >>= 7) parts[count++] = static_cast<char>(value | 0x80);
  parts[count++] = static_cast<char>(value);
  bytes_.append(parts, count);
}

void ByteWriter::signed_number(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  number((bits << 1) ^ (value < 0 ? ~std::uint64_t{0} : 0));
}

void ByteWriter::text(std::string_view value) {
  number(value.size());
  bytes_ += value;
}

void ByteWriter::digest(const Digest& value) {
  bytes_.append(value.bytes.begin(), value.bytes.end());
}

std::uint64_t ByteReader::number() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
    const auto part = byte();
    if (shift == 63 && part > 1) break;
    value |= std::uint64_t{part & 0x7Fu} << shift;
    if ((part & 0x80) == 0) return value;
  }
  fail();
  return 0;
}

std::int64_t ByteReader::signed_number() {
  const std::uint64_t bits = number();
  return static_cast<std::int64_t>((bits >> 1) ^ ((bits & 1) ? ~std::uint64_t{0} : 0));
}

std::uint8_t ByteReader::byte() {
  if (rest_.empty()) {
    fail();
    return 0;
  }
  const auto value = static_cast<std::uint8_t>(rest_.front());
  rest_.remove_prefix(1);
  return value;
}

std::string_view ByteReader::raw(std::size_t size) {
  if (size > rest_.size()) {
    fail();
    return {};
  }
  const auto value = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return value;
}

std::string_view ByteReader::text(std::size_t limit) {
  const std::uint64_t size = number();
  if (size > limit) {
    fail();
    return {};
  }
  return raw(static_cast<std::size_t>(size));
}

Digest ByteReader::digest() {
  Digest value;
  const auto bytes = raw(value.bytes.size());
  if (bytes.size() == value.bytes.size())
    std::transform(bytes.begin(), bytes.end(), value.bytes.begin(),
                   [](char part) { return static_cast<std::uint8_t>(part); });
  return value;
}

}  // namespace libre::sync
