#include "sync/list.hpp"

#include <algorithm>

#include "base/stream.hpp"
#include "base/text.hpp"
#include "sync/core/bytes.hpp"
#include "sync/file_times.hpp"
#include "sync/observe.hpp"
#include "sync/staging.hpp"

namespace libre::sync {
namespace {

bool has_wildcard(std::string_view text) {
  return text.find_first_of("*?[\\") != std::string_view::npos;
}

std::vector<std::string> components_of(std::string_view pattern) {
  std::vector<std::string> components;
  for (auto& component : split(pattern, '/'))
    if (!component.empty() && component != ".") components.push_back(std::move(component));
  return components;
}

// Wildcards do not find hidden names, as in a shell.
bool is_matched_by(const std::string& component, const std::string& name) {
  if (name.starts_with('.') && !component.starts_with('.')) return false;
  return glob_match(component, name);
}

class Lister {
 public:
  Lister(Rooted& root, bool shallow, const Wait& wait)
      : root_(root), shallow_(shallow), wait_(wait) {}

  Result<void> match(std::size_t index, const std::string& pattern) {
    const auto components = components_of(pattern);
    const bool leads_out = pattern.empty() || pattern.front() == '/' ||
                           pattern.find('\0') != std::string::npos ||
                           std::count(components.begin(), components.end(), "..") > 0;
    if (leads_out)
      return Error{Errc::usage,
                   "\"" + printable(pattern) + "\" is not a path inside " + root_.shown("")};
    index_ = index;
    const auto before = listing_.matches.size();
    LIBRE_CHECK(descend("", components, 0));
    if (listing_.matches.size() > before) return {};
    return Error{Errc::not_found, "there is no " + root_.shown(pattern)};
  }

  Result<Listing> finish() {
    // Two patterns may name the same file.
    std::sort(entries_.begin(), entries_.end(),
              [](const Entry& a, const Entry& b) { return a.path < b.path; });
    const auto doubled =
        std::unique(entries_.begin(), entries_.end(),
                    [](const Entry& a, const Entry& b) { return a.path == b.path; });
    entries_.erase(doubled, entries_.end());
    LIBRE_TRY(listing_.tree, Tree::make(std::move(entries_)));
    return std::move(listing_);
  }

 private:
  Result<void> descend(const std::string& path, const std::vector<std::string>& components,
                       std::size_t at) {
    if (at == components.size()) return add_match(path);
    const auto& component = components[at];
    const auto join = [&](const std::string& name) {
      return path.empty() ? name : path + "/" + name;
    };
    // A name that is there as it is written means itself, whatever characters are in it.
    LIBRE_TRY(const auto literal, root_.look(join(component)));
    if (literal) return descend_into(join(component), *literal, components, at + 1);
    if (!has_wildcard(component)) return {};
    LIBRE_TRY(const auto names, root_.list(path));
    for (const auto& name : names) {
      if (!is_matched_by(component, name)) continue;
      LIBRE_TRY(const auto found, root_.look(join(name)));
      if (found) LIBRE_CHECK(descend_into(join(name), *found, components, at + 1));
    }
    return {};
  }

  Result<void> descend_into(const std::string& path, const Found& found,
                            const std::vector<std::string>& components, std::size_t at) {
    if (is_staging_path(path)) return {};
    if (at < components.size() && found.kind != FoundKind::directory) return {};
    return descend(path, components, at);
  }

  Result<void> add_match(const std::string& path) {
    if (path.empty()) {
      listing_.matches.push_back({index_, path, true});
      return add_directory(path);
    }
    LIBRE_TRY(const auto found, root_.look(path));
    if (!found) return {};
    listing_.matches.push_back({index_, path, found->kind == FoundKind::directory});
    return add(path, *found);
  }

  Result<void> add(const std::string& path, const Found& found) {
    LIBRE_CHECK(still_wanted(wait_));
    Entry entry{.path = path};
    switch (found.kind) {
      case FoundKind::directory:
        return add_directory(path);
      case FoundKind::special:
        listing_.notes.push_back({SyncNote::Kind::special, path, "a socket, pipe or device"});
        return {};
      case FoundKind::symlink:
        entry.kind = EntryKind::symlink;
        entry.target = found.target;
        break;
      case FoundKind::file:
        entry.executable = found.executable;
        entry.size = found.stamp.size;
        entry.mtime_ns = found.stamp.mtime_ns;
        entry.digest = digest_of_stamp(found.stamp);
        break;
    }
    entries_.push_back(std::move(entry));
    return {};
  }

  // Of a file that could be changed without getting another stamp it says nothing.
  Digest digest_of_stamp(const Stamp& stamp) const {
    if (!is_settled(stamp, now_ns_)) return {};
    ByteWriter bytes;
    bytes.number(stamp.size);
    bytes.signed_number(stamp.mtime_ns);
    bytes.signed_number(stamp.ctime_ns);
    bytes.number(stamp.inode);
    return digest_of(as_bytes(bytes.bytes()));
  }

  Result<void> add_directory(const std::string& path) {
    if (shallow_) return {};
    const auto names = root_.list(path);
    if (!names) {
      listing_.notes.push_back({SyncNote::Kind::unreadable, path, names.error().cause});
      return {};
    }
    if (names->empty() && !path.empty())
      entries_.push_back({.path = path, .kind = EntryKind::directory});
    for (const auto& name : *names) {
      const auto inner = path.empty() ? name : path + "/" + name;
      if (is_staging_path(inner)) continue;
      if (!is_valid_path(inner)) {
        listing_.notes.push_back({SyncNote::Kind::unreadable, inner, "the path is too long"});
        continue;
      }
      LIBRE_TRY(const auto found, root_.look(inner));
      if (found) LIBRE_CHECK(add(inner, *found));
    }
    return {};
  }

  Rooted& root_;
  bool shallow_;
  const Wait& wait_;
  const std::int64_t now_ns_ = file_clock_ns();
  std::size_t index_ = 0;
  Listing listing_;
  std::vector<Entry> entries_;
};

}  // namespace

bool is_named_by(std::string_view pattern, std::string_view path) {
  const auto components = components_of(pattern);
  const auto names = path.empty() ? std::vector<std::string>{} : split(path, '/');
  return std::ranges::equal(components, names, [](const auto& component, const auto& name) {
    return component == name || is_matched_by(component, name);
  });
}

Result<Listing> list_matches(Rooted& root, const std::vector<std::string>& patterns, bool shallow,
                             const Wait& wait) {
  Lister lister(root, shallow, wait);
  for (std::size_t i = 0; i < patterns.size(); ++i) LIBRE_CHECK(lister.match(i, patterns[i]));
  return lister.finish();
}

}  // namespace libre::sync
