#include "sync/core/reuse.hpp"

#include <map>
#include <utility>

namespace libre::sync {
namespace {

using Identity = std::pair<Digest, std::uint64_t>;

bool has_content(const Entry& entry) {
  return entry.kind == EntryKind::file && entry.size > 0 && entry.digest != Digest{};
}

bool has_same_content(const Entry& entry, const Entry* other) {
  return other && has_content(*other) && other->digest == entry.digest && other->size == entry.size;
}

struct Sources {
  std::size_t any = 0;              // a file with the content
  std::vector<std::size_t> free{};  // those that are not wanted at their paths any more
};

}  // namespace

std::vector<Reuse> find_reuse(const Tree& wanted, const Tree& there) {
  std::map<Identity, Sources> sources;
  // Backwards, so that the first one by path is taken first.
  for (std::size_t i = there.size(); i-- > 0;) {
    const Entry& entry = there[i];
    if (!has_content(entry)) continue;
    auto& found = sources[{entry.digest, entry.size}];
    found.any = i;
    const Entry* kept = wanted.find(entry.path);
    if (!kept || !has_same_content(entry, kept)) found.free.push_back(i);
  }
  std::vector<Reuse> reuses;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const Entry& entry = wanted[i];
    if (!has_content(entry) || has_same_content(entry, there.find(entry.path))) continue;
    const auto found = sources.find({entry.digest, entry.size});
    if (found == sources.end()) continue;
    auto& free = found->second.free;
    reuses.push_back({i, free.empty() ? found->second.any : free.back(), !free.empty()});
    if (!free.empty()) free.pop_back();
  }
  return reuses;
}

}  // namespace libre::sync
