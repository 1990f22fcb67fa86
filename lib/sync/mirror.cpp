#include "sync/mirror.hpp"

#include "base/digest.hpp"
#include "base/files.hpp"
#include "base/stream.hpp"
#include "base/text.hpp"

namespace libre::sync {
namespace {

namespace fs = std::filesystem;

// Resolves links in what exists of the path, so that two spellings of a place are one mirror.
fs::path resolved(const fs::path& path) {
  std::error_code failure;
  auto result = fs::weakly_canonical(path, failure);
  if (failure) result = path.lexically_normal();
  return result.has_filename() ? result : result.parent_path();
}

bool is_inside(const fs::path& inner, const fs::path& outer) {
  return inner == outer || is_below(inner.native(), outer.native());
}

struct Owner {
  std::string id, name;
};

Result<std::optional<Owner>> read_owner(const Mirror& mirror) {
  const auto text = read_file(mirror.memory / "owner", 64 * 1024);
  if (!text && text.error().code == Errc::not_found) return std::optional<Owner>{};
  if (!text) return text.error();
  const auto lines = split_lines(*text);
  if (lines.size() < 2) return std::optional<Owner>{};
  return std::optional<Owner>(Owner{lines[0], lines[1]});
}

}  // namespace

Result<Mirror> mirror_of(const MirrorPlaces& places, const MirrorSpec& spec) {
  if (spec.path.empty() || spec.path.find('\0') != std::string::npos)
    return Error{Errc::usage,
                 "no directory is named for the mirror",
                 {},
                 "set remote_home in the configuration"};
  const auto root = resolved(places.home / spec.path);
  if (root == "/" || root == resolved(places.home))
    return Error{Errc::usage, "the mirror cannot be " + root.string() + " itself",
                 "a sync would mix the project with everything in there",
                 "choose a directory below it"};
  if (!spec.source_root.empty()) {
    const auto source = resolved(spec.source_root);
    if (is_inside(root, source) || is_inside(source, root))
      return Error{
          Errc::usage,
          "the mirror " + root.string() + " and the project " + source.string() + " overlap",
          "one is inside the other", "choose another remote_home"};
  }
  return Mirror{root, places.state / "mirrors" / digest_of(as_bytes(root.native())).hex()};
}

Result<void> check_owner(const Mirror& mirror, const MirrorSpec& spec) {
  if (spec.project_id.empty()) return {};
  LIBRE_TRY(const auto owner, read_owner(mirror));
  if (!owner || owner->id == spec.project_id) return {};
  return Error{
      Errc::exists,
      "the directory " + printable(mirror.root.string()) + " over there belongs to another project",
      "it is the mirror of a project named \"" + printable(owner->name) + "\" with another id",
      "give this project another name (re init --name NAME), or use another --remote-home"};
}

Result<void> claim(const Mirror& mirror, const MirrorSpec& spec) {
  LIBRE_CHECK(make_directories(mirror.root));
  LIBRE_CHECK(make_directories(mirror.memory, 0700));
  LIBRE_TRY(const auto owner, read_owner(mirror));
  if (owner || spec.project_id.empty()) return {};
  const auto text =
      spec.project_id + "\n" + printable(spec.project_name) + "\n" + mirror.root.string() + "\n";
  return write_file_atomic(mirror.memory / "owner", text);
}

}  // namespace libre::sync
