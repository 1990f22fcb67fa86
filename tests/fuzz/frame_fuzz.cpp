// Frames: what comes out does not depend on where the bytes were split, and encodes back to them.
#include "base/stream.hpp"
#include "fuzz.hpp"
#include "wire/frame.hpp"

using namespace libre;

namespace {

struct Outcome {
  std::vector<wire::Frame> frames;
  bool failed = false;
  bool operator==(const Outcome&) const = default;
};

Outcome decode(std::string_view bytes, std::size_t step) {
  wire::Decoder decoder;
  Outcome outcome;
  while (!bytes.empty() && !outcome.failed) {
    decoder.feed(as_bytes(bytes.substr(0, step)));
    bytes.remove_prefix(std::min(step, bytes.size()));
    for (;;) {
      auto next = decoder.next();
      outcome.failed = !next;
      if (!next || !*next) break;
      outcome.frames.push_back(std::move(**next));
    }
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = text_of(data, size);
  const auto whole = decode(bytes, size);
  must(whole == decode(bytes, 1), "one byte at a time gives the same frames");
  must(whole == decode(bytes, 7), "seven bytes at a time give the same frames");
  std::string again;
  for (const auto& frame : whole.frames)
    again += wire::encode(frame.kind, frame.call, frame.header, frame.body);
  must(bytes.starts_with(again), "frames encode to the bytes that they came from");
  return 0;
}
