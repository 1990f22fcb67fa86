// XXH3-128: the identity of content. Fast, not cryptographic: it tells edits apart, not attackers.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace libre {

struct Digest {
  std::array<std::uint8_t, 16> bytes{};  // canonical (big-endian) order
  auto operator<=>(const Digest&) const = default;
  std::string hex() const;  // 32 lower-case digits
};

Digest digest_of(std::span<const std::byte> bytes);

// Feeds a stream piece by piece.
class Digester {
 public:
  Digester();
  ~Digester();
  Digester(Digester&&) noexcept;
  Digester& operator=(Digester&&) noexcept;
  void add(std::span<const std::byte> bytes);
  Digest finish() const;  // of everything added so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace libre
