#include "sync/delta/delta.hpp"

#include <algorithm>
#include <optional>

#include "sync/delta/block_index.hpp"

namespace libre::sync {
namespace {

// So much is searched without a find before the search takes samples: `stretch` of each `period`.
constexpr std::uint64_t patience = 16u << 20;
constexpr std::uint64_t stretch = 64u << 10, period = 1u << 20;

// A strong hash that matches nothing is paid for with bytes that were searched: contents that begin
// alike everywhere (zeros) must not cost a block's hash for every byte.
constexpr std::uint64_t hashed_for_each_searched = 16;

// Where a copy has gone on for so many blocks at an odd place, it will go on: the blocks behind are hashed many
// at a time, by several threads, twice as many each time.
constexpr std::size_t long_run = 64, most_ahead = 4096;

struct Find {
  std::uint64_t at = 0;   // in the new content
  std::size_t block = 0;  // of the old one
};

class Comparison {
 public:
  Comparison(const BlockList& old, const BlockList& now, Content& bytes)
      : old_(old), now_(now), bytes_(bytes), index_(old), size_(old.block_size) {}

  Result<Delta> run() {
    // Where the first bytes are the old ones, the lists show it at once.
    Find here{0, 0};
    for (;;) {
      LIBRE_CHECK(follow(here));
      const auto literal = here.at;
      LIBRE_TRY(const auto next, search(here));
      if (!next) {
        add(Step::Kind::literal, literal, now_.size - literal);
        return std::move(delta_);
      }
      here = *next;
      LIBRE_CHECK(extend_back(here, literal));
      add(Step::Kind::literal, literal, here.at - literal);
    }
  }

 private:
  bool is_listed_at(std::uint64_t at) const {
    return now_.block_size == size_ && at % size_ == 0 && at + size_ <= now_.size;
  }

  Result<std::uint64_t> hash_at(std::uint64_t at, std::uint32_t length) {
    if (length == size_ && is_listed_at(at))
      return now_.strong[static_cast<std::size_t>(at / size_)];
    if (length == size_ && at >= ahead_at_ && at < ahead_end() && (at - ahead_at_) % size_ == 0)
      return ahead_[static_cast<std::size_t>((at - ahead_at_) / size_)];
    LIBRE_TRY(const auto block, bytes_.at(at, length));
    return strong_hash(block);
  }

  std::uint64_t ahead_end() const { return ahead_at_ + std::uint64_t{ahead_.size()} * size_; }

  Result<void> hash_ahead(const Find& here, std::size_t run) {
    if (run < long_run || is_listed_at(here.at) || here.block >= old_.full_count()) return {};
    if (here.at >= ahead_at_ && here.at < ahead_end()) return {};
    const auto count = std::min<std::uint64_t>(
        {run, most_ahead, old_.full_count() - here.block, (now_.size - here.at) / size_});
    ahead_.resize(static_cast<std::size_t>(count));
    ahead_at_ = here.at;
    return bytes_.hash(here.at, size_, ahead_);
  }

  // Copies blocks as long as the new content goes on as the old one does.
  Result<void> follow(Find& here) {
    const auto begin = here;
    while (here.block < old_.count()) {
      const auto length = here.block < old_.full_count()
                              ? size_
                              : static_cast<std::uint32_t>(old_.size % old_.block_size);
      if (length > now_.size - here.at) break;
      LIBRE_CHECK(hash_ahead(here, here.block - begin.block));
      LIBRE_TRY(const auto hash, hash_at(here.at, length));
      if (hash != old_.strong[here.block]) break;
      here.at += length;
      ++here.block;
      if (here.at > begin.at) unmatched_ = 0;
    }
    add(Step::Kind::copy, std::uint64_t{begin.block} * size_, here.at - begin.at);
    return {};
  }

  // A find in a sample, or behind hashes that were not paid for, may have blocks before it.
  Result<void> extend_back(Find& here, std::uint64_t literal) {
    while (here.block > 0 && here.at - literal >= size_) {
      LIBRE_TRY(const auto hash, hash_at(here.at - size_, size_));
      if (hash != old_.strong[here.block - 1]) break;
      here.at -= size_;
      --here.block;
    }
    return {};
  }

  // The first block from `from.at` on that the old content has, too.
  Result<std::optional<Find>> search(const Find& from) {
    if (old_.full_count() == 0) return std::optional<Find>();
    for (auto at = from.at; at + size_ <= now_.size;) {
      const auto expected = from.block + (at - from.at) / size_;
      if (is_listed_at(at)) {
        const auto hash = now_.strong[static_cast<std::size_t>(at / size_)];
        if (const auto block = index_.find(hash, expected)) return std::optional(Find{at, *block});
      }
      const auto border = at - at % size_ + size_;
      const auto end = std::min(border, now_.size - size_ + 1);
      if (unmatched_ < patience || at % period < std::max<std::uint64_t>(stretch, size_)) {
        LIBRE_TRY(const auto found, roll_along(at, end, from));
        if (found) return found;
        unmatched_ += end - at;
      }
      at = end;
    }
    return std::optional<Find>();
  }

  // Tries every byte from `begin` to before `end`, with the blocks that begin there.
  Result<std::optional<Find>> roll_along(std::uint64_t begin, std::uint64_t end, const Find& from) {
    const auto starts = static_cast<std::size_t>(end - begin);
    LIBRE_TRY(const auto view, bytes_.at(begin, starts - 1 + size_));
    std::uint64_t state = 0;
    for (std::size_t i = 0; i + 1 < weak_window; ++i) state = roll(state, view[i]);
    for (std::size_t i = 0; i < starts; ++i) {
      state = roll(state, view[i + weak_window - 1]);
      if (!index_.may_begin(weak_of(state))) continue;
      const auto at = begin + i;
      if (hashed_ > (searched_ + at - begin) * hashed_for_each_searched + (64u << 10)) continue;
      const auto hash = strong_hash(view.substr(i, size_));
      const auto expected = from.block + (at - from.at) / size_;
      if (const auto block = index_.find(hash, expected)) return std::optional(Find{at, *block});
      hashed_ += size_;
    }
    searched_ += starts;
    return std::optional<Find>();
  }

  void add(Step::Kind kind, std::uint64_t offset, std::uint64_t length) {
    if (length == 0) return;
    if (kind == Step::Kind::literal) delta_.literal_bytes += length;
    auto& steps = delta_.steps;
    if (!steps.empty() && steps.back().kind == kind &&
        steps.back().offset + steps.back().length == offset)
      steps.back().length += length;
    else
      steps.push_back({kind, offset, length});
  }

  const BlockList& old_;
  const BlockList& now_;
  Content& bytes_;
  BlockIndex index_;
  const std::uint32_t size_;
  std::uint64_t unmatched_ = 0;  // searched since the last block that was found
  std::uint64_t searched_ = 0, hashed_ = 0;
  std::vector<std::uint64_t> ahead_;  // the hashes of the blocks from here on
  std::uint64_t ahead_at_ = 0;
  Delta delta_;
};

}  // namespace

Result<void> Content::hash(std::uint64_t offset, std::uint32_t block_size,
                           std::span<std::uint64_t> hashes) {
  for (auto& hash : hashes) {
    LIBRE_TRY(const auto block, at(offset, block_size));
    hash = strong_hash(block);
    offset += block_size;
  }
  return {};
}

std::optional<ContentId> base_of(const Tree& before, const Entry& wanted) {
  const Entry* old = before.find(wanted.path);
  const bool useful =
      old && old->kind == EntryKind::file && is_listed(old->size) && is_listed(wanted.size);
  return useful ? std::optional(content_of(*old)) : std::nullopt;
}

Result<Delta> make_delta(const BlockList& old, const BlockList& now, Content& now_bytes) {
  if (now.size == 0) return Delta{};
  if (old.size == 0 || old.count() > max_listed_blocks)
    return Delta{.steps = {{Step::Kind::literal, 0, now.size}}, .literal_bytes = now.size};
  return Comparison(old, now, now_bytes).run();
}

std::vector<Step> steps_from(std::vector<Step> steps, std::uint64_t arrived) {
  auto step = steps.begin();
  for (; step != steps.end() && step->length <= arrived; ++step) arrived -= step->length;
  if (step != steps.end()) {
    step->offset += arrived;
    step->length -= arrived;
  }
  steps.erase(steps.begin(), step);
  return steps;
}

}  // namespace libre::sync
