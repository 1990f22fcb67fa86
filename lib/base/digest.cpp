#include "base/digest.hpp"

// Of the library only its header is used: it gives the functions that are called here and no more, and what
// digest_avx2.cpp does with a state is sure to fit.
#include "base/digest_avx2.hpp"
#define XXH_INLINE_ALL
// Inlined it is twice as fast where the agent is made small, and 5 kB larger: not where the other file does the work.
#define XXH_NO_INLINE_HINTS LIBRE_HAS_AVX2
#include <xxhash.h>

#include <algorithm>

namespace libre {
namespace {

Digest canonical(XXH128_hash_t hash) {
  XXH128_canonical_t bytes;
  XXH128_canonicalFromHash(&bytes, hash);
  Digest digest;
  std::copy(std::begin(bytes.digest), std::end(bytes.digest), digest.bytes.begin());
  return digest;
}

}  // namespace

struct Digester::State {
  XXH3_state_t xxh;
};

std::string Digest::hex() const {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const auto byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

Digest digest_of(std::span<const std::byte> bytes) {
  if (has_avx2()) return digest_avx2(bytes);
  return canonical(XXH3_128bits(bytes.data(), bytes.size()));
}

Digester::Digester() : state_(std::make_unique<State>()) { XXH3_128bits_reset(&state_->xxh); }
Digester::~Digester() = default;
Digester::Digester(Digester&&) noexcept = default;
Digester& Digester::operator=(Digester&&) noexcept = default;

void Digester::add(std::span<const std::byte> bytes) {
  if (has_avx2()) return add_avx2(&state_->xxh, bytes);
  XXH3_128bits_update(&state_->xxh, bytes.data(), bytes.size());
}

Digest Digester::finish() const { return canonical(XXH3_128bits_digest(&state_->xxh)); }

}  // namespace libre
