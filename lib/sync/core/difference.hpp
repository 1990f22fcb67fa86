// How one tree becomes another one: what travels instead of the whole tree where both sides know the
// first one. Pure.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sync/core/tree.hpp"

namespace libre::sync {

// A tree together with the digest of its encoding: equal trees, and only those, have equal ones.
struct KnownTree {
  Tree tree{};
  Digest digest{};
};
KnownTree known(Tree tree);

struct Difference {
  Digest from{}, to{};                 // the trees before and after
  std::vector<std::string> removed{};  // paths that are not in the second one, sorted
  Tree changed{};                      // entries that are not in the first one, or other ones there
  bool operator==(const Difference&) const = default;
};

// No digest may be wrong: they are taken as they are.
Difference difference(const KnownTree& from, const KnownTree& to);

// Errc::outdated where `from` is another tree than the one that the difference begins with, or what
// comes out is not the one that it ends with.
Result<std::shared_ptr<const KnownTree>> patched(const std::shared_ptr<const KnownTree>& from,
                                                 const Difference& difference);

// The files of `difference.changed` whose contents no file of `from` has, by index, in order, of several
// with one content the first: what must travel if nothing else has happened on the other side. Empty files are among them, for they are made
// by what says that they are empty.
std::vector<std::size_t> new_contents(const Tree& from, const Difference& difference);

std::string encode(const Difference& difference);
Result<Difference> decode_difference(std::string_view bytes);

}  // namespace libre::sync
