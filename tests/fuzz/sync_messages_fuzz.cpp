// Messages about files from the other side, both ways. The input's first byte says which: whatever is
// accepted is within its bounds, and encodes to something that is accepted again.
#include "fuzz.hpp"
#include "sync/messages.hpp"

using namespace libre;
using namespace libre::sync;

namespace {

const Tree& wanted() {
  static const Tree tree = *Tree::make({{.path = "a", .size = 10},
                                        {.path = "b", .kind = EntryKind::directory},
                                        {.path = "c", .size = 1 << 20}});
  return tree;
}

void check_offered(std::string_view input) {
  const auto offered = decode_offered(input, wanted());
  if (!offered) return;
  for (const auto& need : offered->needs) {
    must(need.index < wanted().size(), "a need is in the list");
    const Entry& entry = wanted()[static_cast<std::size_t>(need.index)];
    must(entry.kind == EntryKind::file && need.offset <= entry.size, "a need is within a file");
  }
  must(decode_offered(encode(*offered), wanted()).has_value(), "an offer survives another round");
}

void check_listing(std::string_view input) {
  const auto listing = decode_listing(input, 2);
  if (!listing) return;
  for (const auto& match : listing->matches)
    must(match.pattern < 2 && (match.path.empty() || is_valid_path(match.path)),
         "a match is of a pattern, and a path");
  must(decode_listing(encode(*listing), 2).has_value(), "a listing survives another round");
}

void check_items(std::string_view input) {
  const auto items = decode_items(input);
  if (!items) return;
  for (const auto& item : *items) {
    must(is_valid_path(item.path), "every path is valid");
    must(item.old.size == 0 || item.old.block_size > 0, "a list of blocks has blocks");
  }
  must(decode_items(encode(*items)).has_value(), "items survive another round");
}

void check_applied(std::string_view input) {
  if (const auto applied = decode_applied(input))
    must(decode_applied(encode(*applied)).has_value(), "an answer survives another round");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto input = text_of(data + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      check_offered(input);
      break;
    case 1:
      check_listing(input);
      break;
    case 2:
      check_items(input);
      break;
    default:
      check_applied(input);
  }
  return 0;
}
