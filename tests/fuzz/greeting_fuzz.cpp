// Greetings: what is accepted encodes back to the bytes that it was.
#include "fuzz.hpp"
#include "wire/greeting.hpp"

using namespace libre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = text_of(data, size);
  const auto parsed = wire::parse_greeting(bytes);
  if (!parsed || !*parsed) return 0;
  must((*parsed)->size <= size, "a greeting is not longer than its bytes");
  must(wire::encode((*parsed)->greeting) == bytes.substr(0, (*parsed)->size),
       "a greeting encodes back");
  (void)wire::check_compatible((*parsed)->greeting);
  return 0;
}
