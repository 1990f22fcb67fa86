#include "sync/tree_memory.hpp"

#include <unistd.h>

#include "base/files.hpp"
#include "base/new_file.hpp"
#include "base/stream.hpp"
#include "sync/core/bytes.hpp"

namespace libre::sync {
namespace {

constexpr std::string_view tree_magic{"RKT1", 4};

}  // namespace

std::optional<KnownTree> load_tree(const std::filesystem::path& file) {
  const auto bytes = read_file(file, max_tree_bytes);
  if (!bytes) return std::nullopt;
  ByteReader in(*bytes);
  if (in.raw(tree_magic.size()) != tree_magic) return std::nullopt;
  KnownTree known{.digest = in.digest()};
  const auto encoded = in.raw(in.left());
  if (!in.ok() || digest_of(as_bytes(encoded)) != known.digest) return std::nullopt;
  auto tree = decode_tree(encoded);
  if (!tree) return std::nullopt;
  known.tree = *std::move(tree);
  return known;
}

std::optional<Digest> load_digest(const std::filesystem::path& file) {
  const auto fd = open_read(file);
  if (!fd) return std::nullopt;
  std::string bytes(tree_magic.size() + sizeof(Digest), '\0');
  const auto got = ::read(fd->get(), bytes.data(), bytes.size());
  if (got != static_cast<ssize_t>(bytes.size()) || !bytes.starts_with(tree_magic))
    return std::nullopt;
  ByteReader in(std::string_view(bytes).substr(tree_magic.size()));
  return in.digest();
}

Result<void> save_tree(const std::filesystem::path& file, const KnownTree& known) {
  LIBRE_TRY(auto fresh, NewFile::begin(file));
  ByteWriter head;
  head.raw(tree_magic);
  head.digest(known.digest);
  auto written = fresh.add(head.bytes());
  write_tree(known.tree, [&](std::string_view piece) {
    if (written) written = fresh.add(piece);
  });
  LIBRE_CHECK(written);
  return fresh.put_in_place(NewFile::Disk::soon);
}

}  // namespace libre::sync
