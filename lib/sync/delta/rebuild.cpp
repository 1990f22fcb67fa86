#include "sync/delta/rebuild.hpp"

#include <system_error>
#include <thread>
#include <utility>

#include "base/text.hpp"

namespace libre::sync {
namespace {

constexpr std::uint64_t closed_behind_size = 64u << 20;
// Of the changes of a copy, which are in memory. What is larger comes in pieces, to go on where the line broke: that
// takes a staged file.
constexpr std::size_t most_noted = 1u << 20;

}  // namespace

Error more_than_announced(const Entry& wanted) {
  return {Errc::protocol, "more of a file came than was announced: " + printable(wanted.path)};
}

Error copy_of_nothing(const Entry& wanted) {
  return {Errc::protocol, "a copy is not within the old content of " + printable(wanted.path)};
}

Rebuild::Rebuild(Incoming& incoming, Fd old, std::uint64_t old_size, const Entry& wanted,
                 std::unique_ptr<CopyAhead> ahead)
    : incoming_(incoming),
      old_(std::move(old)),
      old_size_(old_size),
      wanted_(wanted),
      old_changed_(old_size > 0 && !old_),
      ahead_(ahead && ahead->size() == old_size ? std::move(ahead) : nullptr) {}

Rebuild::~Rebuild() {
  if (!old_ || old_size_ < closed_behind_size) return;
  try {
    std::thread([](Fd old) { old.reset(); }, std::move(old_)).detach();
  } catch (const std::system_error&) {  // no thread to be had: it is closed here
  }
}

Result<void> Rebuild::check_room(std::uint64_t length) const {
  if (position() <= wanted_.size && length <= wanted_.size - position()) return {};
  return more_than_announced(wanted_);
}

Result<void> Rebuild::take(const ContentPiece& piece, const Wait& wait) {
  if (piece.copy) {
    const auto& copy = *piece.copy;
    if (copy.length > old_size_ || copy.offset > old_size_ - copy.length)
      return copy_of_nothing(wanted_);
  }
  if (old_changed_) return {};
  LIBRE_CHECK(check_room(piece.copy ? piece.copy->length : piece.bytes.size()));
  if (ahead_ && note(piece)) return {};
  if (ahead_) LIBRE_CHECK(go_on_without_copy(wait));
  return put_together(piece, wait);
}

// False where the copy is of no use for it.
bool Rebuild::note(const ContentPiece& piece) {
  if (piece.copy) {
    if (piece.copy->offset != noted_) return false;
    noted_ += piece.copy->length;
    return true;
  }
  const auto size = piece.bytes.size();
  const auto cost = size + sizeof(Overwrite);  // somebody may send single bytes
  if (cost > most_noted - memory_noted_ || size > ahead_->size() - noted_) return false;
  changes_.push_back({noted_, std::string(piece.bytes)});
  noted_ += size;
  memory_noted_ += cost;
  return true;
}

Result<void> Rebuild::put_together(const ContentPiece& piece, const Wait& wait) {
  if (old_changed_) return {};
  if (!piece.copy) return incoming_.add(piece.bytes);
  LIBRE_TRY(const bool added,
            incoming_.add_from(old_.get(), piece.copy->offset, piece.copy->length, wait));
  old_changed_ = !added;
  return {};
}

// What was noted is put together as if there had been no copy.
Result<void> Rebuild::go_on_without_copy(const Wait& wait) {
  ahead_.reset();
  std::uint64_t at = 0;
  const auto copy_to = [&](std::uint64_t end) -> Result<void> {
    if (at == end) return {};
    return put_together({.copy = CopyRange{at, end - at}}, wait);
  };
  for (const auto& change : std::exchange(changes_, {})) {
    LIBRE_CHECK(copy_to(change.offset));
    LIBRE_CHECK(put_together({.bytes = change.bytes}, wait));
    at = change.offset + change.bytes.size();
  }
  return copy_to(noted_);
}

Result<void> Rebuild::change_copy(const Wait& wait) {
  if (noted_ < ahead_->size()) return go_on_without_copy(wait);
  LIBRE_TRY(const auto digest, ahead_->finish(changes_, wait));
  // Some systems let nobody give a name to what has none.
  if (!digest || !incoming_.adopt(ahead_->take(), noted_, *digest)) return go_on_without_copy(wait);
  ahead_.reset();
  return {};
}

Result<bool> Rebuild::is_right(const Wait& wait) {
  if (ahead_) LIBRE_CHECK(change_copy(wait));
  LIBRE_CHECK(incoming_.settle());
  return !old_changed_ && incoming_.size() == wanted_.size && incoming_.is_intact() &&
         incoming_.digest() == wanted_.digest;
}

}  // namespace libre::sync
