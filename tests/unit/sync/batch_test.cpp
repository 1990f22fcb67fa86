// Whether contents are compressed on their way, and what a receiver takes.
#include "sync/batch.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace libre;
using namespace libre::sync;

namespace {

constexpr double million = 1e6;
constexpr CompressionSample source_code{400 * million, 0.35};
constexpr CompressionSample random_sample{900 * million, 1.0};

std::string text(std::size_t size) {
  std::string text;
  for (int i = 0; text.size() < size; ++i) text += "value = " + std::to_string(i * 7919) + "\n";
  text.resize(size);
  return text;
}

std::string random_bytes(std::size_t size) {
  std::mt19937 random(7);
  std::string bytes(size, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

// One batch after the other, with nothing between them.
class Sender {
 public:
  void sent(BatchWriter& writer, std::size_t size, double seconds) {
    const auto begin = now_;
    now_ += std::chrono::duration_cast<BatchWriter::Clock::duration>(
        std::chrono::duration<double>(seconds));
    writer.sent(size, begin, now_);
  }

 private:
  BatchWriter::Clock::time_point now_{};
};

std::string batch_of(BatchWriter& writer, std::string_view stream) {
  writer.add(stream);
  return std::string(writer.finish());
}

}  // namespace

TEST_CASE("a slow link gets a high level, a fast one none, and noise none ever") {
  CHECK(compression_level(0.1 * million, source_code) == 9);
  CHECK(compression_level(1.2 * million, source_code) == 9);
  CHECK(compression_level(12 * million, source_code) >= 3);
  CHECK(compression_level(50 * million, source_code) == 3);
  CHECK(compression_level(500 * million, source_code) == 0);
  for (const double link : {0.1, 1.0, 10.0, 100.0, 1000.0})
    CHECK(compression_level(link * million, random_sample) == 0);
}

TEST_CASE("a slow processor does not hold up a link that is faster") {
  CHECK(compression_level(40 * million, {20 * million, 0.35}) == 0);
  CHECK(compression_level(0.5 * million, {20 * million, 0.35}) > 0);
}

TEST_CASE("nonsense of a clock is no reason to compress") {
  CHECK(compression_level(0, source_code) == 0);
  CHECK(compression_level(-1, source_code) == 0);
  CHECK(compression_level(million, {0, 0.1}) == 0);
}

TEST_CASE("the speed of a link is assumed at first, then measured, and follows what changes") {
  LinkSpeed link;
  CHECK(link.bytes_per_second() == assumed_link_speed);
  link.wrote(100'000, true, 0.0001, 0.001);  // into a buffer
  CHECK(link.bytes_per_second() == assumed_link_speed);
  for (int i = 0; i < 15; ++i) link.wrote(250'000, true, 0.0005, 0.001);  // into another one
  CHECK(link.bytes_per_second() == assumed_link_speed);
  for (int i = 0; i < 100; ++i) link.wrote(250'000, true, 0.0005, 0.001);  // no end of it is seen
  CHECK(link.bytes_per_second() == doctest::Approx(500e6).epsilon(0.01));
  for (int i = 0; i < 100; ++i) link.wrote(250'000, true, 0.25, 0);
  CHECK(link.bytes_per_second() == doctest::Approx(1e6).epsilon(0.01));
  for (int i = 0; i < 150; ++i) link.wrote(250'000, true, 0.02, 0);
  CHECK(link.bytes_per_second() == doctest::Approx(12.5e6).epsilon(0.01));
}

TEST_CASE("a link that empties its buffers while the sender compresses is no faster for that") {
  LinkSpeed link;
  for (int i = 0; i < 100; ++i) link.wrote(250'000, false, 0.00625, 0);  // 40 MB/s
  // Compressed by a processor that makes 60 MB/s of it: the link is still what they wait for, at times.
  for (int i = 0; i < 30; ++i) link.wrote(80'000, true, 0.0007, 0.0013);
  CHECK(link.bytes_per_second() == doctest::Approx(40e6).epsilon(0.01));
  // Now more goes through.
  for (int i = 0; i < 60; ++i) link.wrote(80'000, true, 0.0001, 0.0009);
  CHECK(link.bytes_per_second() > 55e6);
  CHECK(link.bytes_per_second() <= 80e6);
}

TEST_CASE("a link is judged where what is compressed and what is not go by turns, too") {
  LinkSpeed link;
  for (int i = 0; i < 200; ++i) link.wrote(250'000, i % 2 == 0, 0.25, 0);
  CHECK(link.bytes_per_second() == doctest::Approx(1e6).epsilon(0.01));
}

TEST_CASE(
    "a link that holds nobody up any more is tried again, each time after four times as much") {
  LinkSpeed link;
  for (const double patience : {8e6, 32e6}) {
    for (int i = 0; i < 100; ++i) link.wrote(250'000, false, 0.00625, 0);
    CHECK(link.bytes_per_second() == doctest::Approx(40e6).epsilon(0.01));
    double bytes = 0;
    for (; may_pay(link.bytes_per_second()) && bytes < 2 * patience; bytes += 80'000)
      link.wrote(80'000, true, 0.0001, 0.0029);
    CHECK(bytes >= patience);
    CHECK(bytes < patience + 2e6);
  }
}

TEST_CASE("no link is taken for faster than its round trips allow") {
  LinkSpeed link(40e6);
  for (int i = 0; i < 100; ++i) link.wrote(250'000, true, 0.0005, 0.001);
  CHECK(link.bytes_per_second() == 40e6);
  for (int i = 0; i < 100; ++i) link.wrote(250'000, true, 0.25, 0);
  CHECK(link.bytes_per_second() == doctest::Approx(1e6).epsilon(0.01));
}

TEST_CASE("a fast link whose receiver stands still for a moment stays a fast one") {
  LinkSpeed link;
  for (int i = 0; i < 40; ++i) link.wrote(250'000, false, 0.0022, 0.0004);
  CHECK(link.bytes_per_second() == doctest::Approx(96e6).epsilon(0.02));
  link.wrote(250'000, false, 0.2, 0.0004);
  CHECK_FALSE(may_pay(link.bytes_per_second()));
  // If that goes on it is slow indeed.
  for (int i = 0; i < 40; ++i) link.wrote(250'000, false, 0.2, 0.0004);
  CHECK(link.bytes_per_second() < 10e6);
}

TEST_CASE("batches come out as they went in, compressed or not") {
  for (const auto& stream : {std::string(), std::string("x"), text(200'000), random_bytes(200'000)})
    for (const int kind : {0, 1, 2}) {
      BatchWriter writer(kind == 0   ? nullptr
                         : kind == 1 ? wire::make_compressor()
                                     : wire::make_small_compressor());
      BatchReader reader;
      for (int again = 0; again < 2; ++again) {
        const auto batch = batch_of(writer, stream);
        CHECK(batch.size() <= stream.size() + 1);
        CHECK(reader.open(batch).value() == stream);
      }
    }
}

TEST_CASE("text gets smaller on a slow link, and nothing is compressed on a fast one") {
  BatchWriter slow(wire::make_compressor()), fast(wire::make_compressor());
  Sender().sent(slow, 2'000'000, 200);
  CHECK(batch_of(slow, text(200'000)).size() < 100'000);
  CHECK(batch_of(slow, random_bytes(200'000)).size() == 200'001);
  Sender sender;
  for (int i = 0; i < 20; ++i) sender.sent(fast, 250'000, 0.0005);
  CHECK(batch_of(fast, text(200'000)).size() == 200'001);
}

TEST_CASE("what the agent compresses gets smaller on a slow link, too") {
  BatchWriter slow(wire::make_small_compressor());
  Sender().sent(slow, 2'000'000, 200);
  CHECK(batch_of(slow, text(200'000)).size() < 100'000);
  CHECK(batch_of(slow, random_bytes(200'000)).size() == 200'001);
}

TEST_CASE("what was added and dropped is not sent") {
  BatchWriter writer;
  writer.add("old");
  writer.drop();
  CHECK(BatchReader().open(batch_of(writer, "new")).value() == "new");
  // A decoder gets the same, whether it can take the bytes over or not.
  std::string stream;
  append_chunk(stream, "first");
  append_chunk(stream, "second");
  ContentDecoder decoder;
  ContentPiece piece;
  for (const auto& part : {stream.substr(0, 7), stream.substr(7)})
    REQUIRE(BatchReader().open(batch_of(writer, part), decoder));
  std::string seen;
  while (decoder.next(piece).value()) seen += piece.bytes;
  CHECK(seen == "firstsecond");
}

TEST_CASE("a batch that is none, or holds more than it may, is refused") {
  BatchReader reader;
  CHECK(reader.open("").error().code == Errc::protocol);
  CHECK(reader.open("\x03text").error().code == Errc::protocol);
  CHECK(reader.open("\x02text").error().code == Errc::protocol);
  CHECK(reader.open(std::string("\x02\xff\xff\xff\xff.....", 10)).error().code == Errc::protocol);
  CHECK(reader.open("\x01text").error().code == Errc::protocol);
  const auto bomb =
      wire::make_compressor()->compress(std::string(max_compressed_batch + 1, ' '), 9);
  REQUIRE(bomb);
  CHECK(reader.open("\x01" + *bomb).error().code == Errc::protocol);
  auto small = *wire::make_small_compressor()->compress(std::string(100'000, ' '), 9);
  CHECK(reader.open("\x02" + small));
  CHECK_FALSE(reader.open("\x02" + small + "more"));
  CHECK_FALSE(reader.open("\x02" + small.substr(0, small.size() - 1)));
  small[0] = static_cast<char>(small[0] ^ 1);  // it holds another number of bytes than it says
  CHECK_FALSE(reader.open("\x02" + small));
}
