// Deltas from the other side, both ways. The input's first byte says which:
//   even  a content stream with copies, put together out of an old file: whatever it says, nothing is
//         copied that is not in the old file, and no more than was announced comes of it;
//   odd   a list of the other side's blocks: what is decoded encodes to itself again, and the steps
//         that it leads to are in range and cover the new content exactly.
#include "../support/temporary_directory.hpp"
#include "base/files.hpp"
#include "base/stream.hpp"
#include "fuzz.hpp"
#include "sync/delta/delta.hpp"
#include "sync/delta/rebuild.hpp"

using namespace libre;
using namespace libre::sync;

namespace {

// An old file of 300 bytes, and the wanted content: half of it twice, and a little more.
struct Place {
  Place() {
    must(write_file_atomic(directory / "old", old).has_value(), "the old file is there");
    wanted = {.path = "new", .size = content.size(), .digest = digest_of(as_bytes(content))};
  }
  test::TemporaryDirectory directory;
  Rooted root = *Rooted::open(directory.path());
  std::string old = std::string(100, 'a') + std::string(200, 'b');
  std::string content = old.substr(50, 150) + old.substr(50, 150) + "more";
  Entry wanted;
};

class Repeated final : public Content {
 public:
  Result<std::string_view> at(std::uint64_t offset, std::size_t length) override {
    must(offset <= bytes_.size() && length <= bytes_.size() - offset, "reads are in range");
    return std::string_view(bytes_).substr(static_cast<std::size_t>(offset), length);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_ = std::string(3000, 'a') + std::string(3000, '\0') + std::string(500, 'b');
};

void check_list(std::string_view input) {
  const auto old = decode_block_list(input);
  if (!old) return;
  must(encode(*old) == input, "a decoded list encodes to itself");
  Repeated now;
  const auto delta = make_delta(*old, list_blocks(now.bytes(), 1024), now);
  must(delta.has_value(), "a list makes no comparison fail");
  std::uint64_t at = 0;
  for (const auto& step : delta->steps) {
    must(step.length > 0, "no step is empty");
    if (step.kind == Step::Kind::literal)
      must(step.offset == at, "new bytes are those of their place");
    else
      must(step.offset <= old->size && step.length <= old->size - step.offset,
           "copies are in range");
    at += step.length;
  }
  must(at == now.bytes().size(), "the steps cover the new content");
}

void check_stream(std::string_view input) {
  static Place place;
  auto incoming = Incoming::open(place.root, "staged");
  must(incoming && incoming->restart(), "there is a place to write to");
  Rebuild rebuild(*incoming, std::move(place.root.open_file("old")->fd), place.old.size(),
                  place.wanted);
  ContentDecoder decoder(ContentDecoder::Copies::allowed);
  bool ended = false;
  for (std::size_t at = 0; at < input.size() && !ended; at += 7) {
    decoder.feed(input.substr(at, 7));
    for (ContentPiece piece; !ended;) {
      const auto next = decoder.next(piece);
      if (next && !*next) break;
      ended = !next || piece.is_end || !rebuild.take(piece, {});
      must(incoming->size() <= place.wanted.size, "no more is written than was announced");
    }
  }
  const auto right = rebuild.is_right({});
  must(right.has_value(), "what came can be written");
  if (*right)
    must(read_file(place.directory / ".re-staging/staged") == place.content,
         "what counts as right is right");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto input = text_of(data + 1, size - 1);
  if (data[0] % 2 == 0)
    check_stream(input);
  else
    check_list(input);
  return 0;
}
