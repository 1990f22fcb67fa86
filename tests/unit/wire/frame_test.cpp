#include "wire/frame.hpp"

#include <doctest/doctest.h>

#include "base/stream.hpp"

using namespace libre;
using namespace libre::wire;

namespace {

std::vector<Frame> samples() {
  return {{Kind::request, 1, "{\"method\":\"jobs.list\"}", ""},
          {Kind::data, 1, "", std::string("\0\xff raw", 6)},
          {Kind::end, 1, "", ""},
          {Kind::event, 0xFFFFFFFF, "{}", std::string(70'000, 'b')},
          {Kind::cancel, 0x01020304, "", ""}};
}

std::string encoded(const std::vector<Frame>& frames) {
  std::string bytes;
  for (const auto& frame : frames)
    bytes += encode(frame.kind, frame.call, frame.header, frame.body);
  return bytes;
}

// What comes out when `bytes` come in pieces that end at the given places.
std::vector<Frame> decoded(std::string_view bytes, const std::vector<std::size_t>& ends) {
  Decoder decoder;
  std::vector<Frame> frames;
  std::size_t begin = 0;
  for (const auto end : ends) {
    decoder.feed(as_bytes(bytes.substr(begin, end - begin)));
    begin = end;
    for (;;) {
      auto next = decoder.next();
      REQUIRE(next);
      if (!*next) break;
      frames.push_back(std::move(**next));
    }
  }
  return frames;
}

std::string prefix(unsigned char kind, std::size_t header, std::size_t body) {
  std::string bytes = encode(Kind::request, 1, "", "");
  bytes[0] = static_cast<char>(kind);
  for (std::size_t i = 0; i < 4; ++i) {
    bytes[8 + i] = static_cast<char>(header >> 8 * i & 0xFF);
    bytes[12 + i] = static_cast<char>(body >> 8 * i & 0xFF);
  }
  return bytes;
}

Result<std::optional<Frame>> first(std::string_view bytes) {
  Decoder decoder;
  decoder.feed(as_bytes(bytes));
  return decoder.next();
}

}  // namespace

TEST_CASE("a frame lies on the wire as documented") {
  CHECK(encode(Kind::reply, 0x0A0B0C0D, "{}", "abc") ==
        std::string("\x04\0\0\0\x0D\x0C\x0B\x0A\x02\0\0\0\x03\0\0\0{}abc", 21));
}

TEST_CASE("frames with long bodies come out the same in pieces of any size") {
  const std::vector<Frame> frames = {{Kind::data, 1, "", std::string(70'000, 'a')},
                                     {Kind::data, 1, "{}", std::string(16 * 1024, 'b')},
                                     {Kind::end, 1, "", ""},
                                     {Kind::data, 2, "", std::string(max_body, 'c')}};
  std::string bytes;
  for (const auto& frame : frames)
    bytes += encode_head(frame.kind, frame.call, frame.header, frame.body.size()) + frame.body;
  CHECK(bytes == encoded(frames));
  for (const std::size_t piece : {7, 1000, 65'536, 70'016, 300'000}) {
    CAPTURE(piece);
    std::vector<std::size_t> ends;
    for (std::size_t at = piece; at < bytes.size(); at += piece) ends.push_back(at);
    ends.push_back(bytes.size());
    CHECK((decoded(bytes, ends) == frames));
  }
}

TEST_CASE("frames come out the same wherever the bytes were split") {
  auto frames = samples();
  frames.erase(frames.begin() + 3);  // without the long one every position can be tried
  const auto bytes = encoded(frames);
  for (std::size_t split = 0; split <= bytes.size(); ++split)
    CHECK((decoded(bytes, {split, bytes.size()}) == frames));
  std::vector<std::size_t> every(bytes.size());
  for (std::size_t i = 0; i < every.size(); ++i) every[i] = i + 1;
  CHECK((decoded(bytes, every) == frames));
}

TEST_CASE("many frames through one decoder keep their order and content") {
  std::vector<Frame> frames;
  for (int round = 0; round < 40; ++round)
    for (auto& frame : samples()) frames.push_back(std::move(frame));
  const auto bytes = encoded(frames);
  std::vector<std::size_t> ends;
  for (std::size_t end = 4096; end < bytes.size(); end += 4096) ends.push_back(end);
  ends.push_back(bytes.size());
  CHECK((decoded(bytes, ends) == frames));
}

TEST_CASE("the largest frame passes, one byte more is refused before its content came") {
  const auto largest =
      first(encode(Kind::data, 1, std::string(max_header, 'h'), std::string(max_body, 'b')));
  REQUIRE(largest);
  REQUIRE(*largest);
  CHECK((*largest)->header.size() == max_header);
  CHECK((*largest)->body.size() == max_body);
  for (const auto& bytes : {prefix(2, max_header + 1, 0), prefix(2, 0, max_body + 1),
                            prefix(2, 0xFFFFFFFF, 0xFFFFFFFF)}) {
    const auto refused = first(bytes);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::protocol);
  }
}

TEST_CASE("bytes that are no frame are a protocol error, again and again") {
  for (const auto& garbage :
       {std::string("SSH-2.0-OpenSSH_9.2\r\n"), prefix(0, 0, 0), prefix(8, 0, 0),
        std::string("\x01\0\x01\0\x01\0\0\0\0\0\0\0\0\0\0\0", 16)}) {
    Decoder decoder;
    decoder.feed(as_bytes(garbage));
    for (int i = 0; i < 2; ++i) {
      const auto next = decoder.next();
      REQUIRE_FALSE(next);
      CHECK(next.error().code == Errc::protocol);
    }
  }
}
