// The receiving side of a delta: a wanted content is put together in the staging directory out of an
// old file and what arrives. Nothing outside the staging directory is touched.
//
// The sending side is not trusted: a copy that is not in the old content, or more bytes than were
// announced, is Errc::protocol, before anything is written for it. The old file is not trusted either,
// somebody may change it meanwhile: then the digest shows it, or the file's end comes too early.
//
// How it goes on depends on what went wrong:
//   - an error (disk full, connection cut, woken): what was built stays in the staging directory, and the
//     next transfer of the content begins behind it, with the same steps or without any;
//   - a content that does not come out right: is_right() is false, the caller removes it, and asks for
//     the whole content without copies. That is the answer to everything that was remembered wrongly.
#pragma once
#include <memory>
#include <vector>

#include "sync/core/content_stream.hpp"
#include "sync/core/tree.hpp"
#include "sync/delta/copy_ahead.hpp"
#include "sync/staging.hpp"

namespace libre::sync {

// Errc::protocol, for these two.
Error more_than_announced(const Entry& wanted);
Error copy_of_nothing(const Entry& wanted);

class Rebuild {
 public:
  // Borrows `incoming`, which may hold the beginning of the content already. `old` is the file that the
  // sender's copies mean, with `old_size` bytes; with 0 there is none, and no copy is in range. Where it
  // could not be opened any more the result is not right.
  //
  // With `ahead`, a copy of `old`, what the sender leaves where it was is not copied again. For that nothing may be in
  // `incoming`. Where more than a megabyte is other, or something has moved, all is put together as without it.
  Rebuild(Incoming& incoming, Fd old, std::uint64_t old_size, const Entry& wanted,
          std::unique_ptr<CopyAhead> ahead = {});
  Rebuild(const Rebuild&) = delete;
  Rebuild& operator=(const Rebuild&) = delete;
  // The old file may have been replaced by now. Of a large one whoever closes it last frees what it took,
  // 0.2 s for 1 GiB on ext4: that is done behind the back of whoever waits for the new one.
  ~Rebuild();

  // Takes the next piece of the content stream that is not its end.
  Result<void> take(const ContentPiece& piece, const Wait& wait);

  // After the last piece: is all of it there, and is it the wanted content? Fails where it cannot be written.
  Result<bool> is_right(const Wait& wait);

 private:
  std::uint64_t position() const { return ahead_ ? noted_ : incoming_.size(); }
  Result<void> check_room(std::uint64_t length) const;
  bool note(const ContentPiece& piece);
  Result<void> put_together(const ContentPiece& piece, const Wait& wait);
  Result<void> go_on_without_copy(const Wait& wait);
  Result<void> change_copy(const Wait& wait);
  Incoming& incoming_;
  Fd old_;
  std::uint64_t old_size_;
  const Entry& wanted_;
  bool old_changed_;  // then the rest of the stream is read and dropped
  std::unique_ptr<CopyAhead> ahead_;
  std::vector<Overwrite> changes_;  // of the copy
  std::uint64_t noted_ = 0;         // so much of the content is the copy with them
  std::size_t memory_noted_ = 0;    // that they take, in bytes
};

}  // namespace libre::sync
