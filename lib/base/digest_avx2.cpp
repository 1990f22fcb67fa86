#include "base/digest_avx2.hpp"

#include <algorithm>

#if LIBRE_HAS_AVX2

#include <immintrin.h>

// For what the header of xxhash defines, and for nothing of the standard library: the linker keeps one copy of
// an inline function, and must not choose one that only new processors can run.
#pragma GCC push_options
#pragma GCC target("avx2")
#define XXH_INLINE_ALL
#define XXH_NO_INLINE_HINTS 0
#define XXH_VECTOR 2  // XXH_AVX2
#include <xxhash.h>

namespace libre {
namespace {

XXH128_canonical_t canonical_digest(const void* bytes, std::size_t size) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes, size));
  return canonical;
}

void update(void* state, const void* bytes, std::size_t size) {
  XXH3_128bits_update(static_cast<XXH3_state_t*>(state), bytes, size);
}

}  // namespace
}  // namespace libre
#pragma GCC pop_options

namespace libre {

Digest digest_avx2(std::span<const std::byte> bytes) {
  const auto canonical = canonical_digest(bytes.data(), bytes.size());
  Digest digest;
  std::copy(std::begin(canonical.digest), std::end(canonical.digest), digest.bytes.begin());
  return digest;
}

void add_avx2(void* xxh3_state, std::span<const std::byte> bytes) {
  update(xxh3_state, bytes.data(), bytes.size());
}

}  // namespace libre

#else

namespace libre {

Digest digest_avx2(std::span<const std::byte>) { return {}; }
void add_avx2(void*, std::span<const std::byte>) {}

}  // namespace libre

#endif
