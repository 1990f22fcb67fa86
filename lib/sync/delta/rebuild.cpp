#include "sync/delta/rebuild.hpp"

#include <system_error>
#include <thread>

#include "base/text.hpp"

namespace libre::sync {
namespace {

constexpr std::uint64_t closed_behind_size = 64u << 20;

}  // namespace

Rebuild::~Rebuild() {
  if (!old_ || old_size_ < closed_behind_size) return;
  try {
    std::thread([](Fd old) { old.reset(); }, std::move(old_)).detach();
  } catch (const std::system_error&) {  // no thread to be had: it is closed here
  }
}

Result<void> Rebuild::check_room(std::uint64_t length) const {
  if (incoming_.size() <= wanted_.size && length <= wanted_.size - incoming_.size()) return {};
  return Error{Errc::protocol,
               "more of a file came than was announced: " + printable(wanted_.path)};
}

Result<void> Rebuild::take(const ContentPiece& piece, const Wait& wait) {
  if (piece.copy) {
    const auto& copy = *piece.copy;
    if (copy.length > old_size_ || copy.offset > old_size_ - copy.length)
      return Error{Errc::protocol,
                   "a copy is not within the old content of " + printable(wanted_.path)};
    if (old_changed_) return {};
    LIBRE_CHECK(check_room(copy.length));
    LIBRE_TRY(const bool added, incoming_.add_from(old_.get(), copy.offset, copy.length, wait));
    old_changed_ = !added;
    return {};
  }
  if (old_changed_) return {};
  LIBRE_CHECK(check_room(piece.bytes.size()));
  return incoming_.add(piece.bytes);
}

Result<bool> Rebuild::is_right() const {
  LIBRE_CHECK(incoming_.settle());
  return !old_changed_ && incoming_.size() == wanted_.size && incoming_.is_intact() &&
         incoming_.digest() == wanted_.digest;
}

}  // namespace libre::sync
