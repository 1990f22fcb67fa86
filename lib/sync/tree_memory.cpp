#include "sync/tree_memory.hpp"

#include <unistd.h>

#include "base/files.hpp"
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
  ByteWriter out;
  out.reserve(known.tree.size() * usual_entry_bytes);
  out.raw(tree_magic);
  out.digest(known.digest);
  write_tree(out, known.tree);
  return write_file_soon(file, out.bytes());
}

}  // namespace libre::sync
