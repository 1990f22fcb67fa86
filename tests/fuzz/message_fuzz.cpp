// Messages before a stream: what is taken encodes back to the bytes that it was, and nothing behind it is
// touched.
#include "forward/messages.hpp"
#include "fuzz.hpp"
#include "wire/message.hpp"

using namespace libre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = text_of(data, size);
  std::string rest(bytes);
  const auto message = wire::take_message(rest);
  if (!message || !*message) {
    must(rest == bytes, "what is not taken stays");
    return 0;
  }
  must(wire::encode_message(**message) + rest == bytes, "a message encodes back");
  (void)from_json<forward::StreamRequest>(**message);
  (void)from_json<forward::Answer>(**message);
  (void)from_json<forward::HoldEvent>(**message);
  return 0;
}
