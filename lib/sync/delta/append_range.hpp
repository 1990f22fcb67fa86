// Bytes from one file to the end of another one.
#pragma once
#include <cstdint>

#include <libre/result.hpp>

namespace libre::sync {

// Adds at most `length` bytes of `from` at `offset` to `to`, which ends at `size`; returns how many,
// 0 where `from` ends there. The kernel does the work where it can: Btrfs and XFS then share the blocks
// of both files, NFS copies on its server, others copy without our memory. Elsewhere it is read and
// written. Both are regular files; `to` may be open for appending; positions do not matter.
Result<std::uint64_t> append_range(int to, std::uint64_t size, int from, std::uint64_t offset,
                                   std::uint64_t length);

// Of one call: small enough that what was copied is still in the processor's cache when it is read
// for its digest (1 GiB on ext4 with 256 KiB: 0.5 s with the digest; in one call: 1.9 to 3.3 s).
inline constexpr std::uint64_t copy_step = 256u << 10;

// May the file system of an open file have a shorter way than to move the bytes? Not ext4, nor a tmpfs: there
// it takes as long as to read and write, and what was read can be digested, too.
bool may_share_blocks(int fd);

// Tells the disk to begin with what a file has got since it was told last, where that is worth it: `told` is how far
// that was. Returns how far it is now. Waits for nothing; a failure shows in fdatasync(2).
std::uint64_t begin_writing_to_disk(int fd, std::uint64_t told, std::uint64_t size);
inline constexpr std::uint64_t writing_step = std::uint64_t{8} << 20;

}  // namespace libre::sync
