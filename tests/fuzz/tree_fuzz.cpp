// Trees from the other side: what is accepted has only valid paths and encodes to itself again.
#include "fuzz.hpp"
#include "sync/core/tree.hpp"

using namespace libre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto tree = sync::decode_tree(text_of(data, size));
  if (!tree) return 0;
  for (const auto& entry : tree->entries())
    must(sync::is_valid_path(entry.path), "every path is valid");
  const auto again = sync::decode_tree(sync::encode(*tree));
  must(again && *again == *tree, "a decoded tree survives another round");
  return 0;
}
