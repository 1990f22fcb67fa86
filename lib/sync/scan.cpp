#include "sync/scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <map>

#include "base/text.hpp"
#include "sync/delta/file_content.hpp"
#include "sync/observe.hpp"

namespace libre::sync {
namespace {

// The clock that the kernel stamps files with.
std::int64_t file_clock_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

class Scanner {
 public:
  Scanner(Rooted& root, const ScanRequest& request, HashMemory& memory, const Wait& wait)
      : root_(root), request_(request), memory_(memory), wait_(wait) {}

  Result<Scan> run() {
    memory_.begin(file_clock_ns());
    NowAndThen pause(wait_);
    for (const auto& path : request_.paths) {
      LIBRE_CHECK(pause.still_wanted());
      LIBRE_CHECK(add(path));
    }
    for (const auto& path : request_.empty_directories)
      entries_.push_back({.path = path, .kind = EntryKind::directory});
    for (const auto& path : request_.unreadable)
      entries_.push_back({.path = path, .kind = EntryKind::unknown});
    memory_.finish();
    LIBRE_TRY(scan_.tree, Tree::make(std::move(entries_)));
    return std::move(scan_);
  }

 private:
  Result<void> add(const std::string& path) {
    const auto found = root_.look(path);
    if (!found) unreadable(path, found.error().cause);
    if (!found || !*found) return {};  // or gone since it was listed
    switch ((*found)->kind) {
      case FoundKind::file:
        return add_file(path, **found);
      case FoundKind::symlink:
        add_link(path, **found);
        break;
      case FoundKind::directory:
        break;
      case FoundKind::special:
        note(SyncNote::Kind::special, path, "a socket, pipe or device");
    }
    return {};
  }

  Result<void> add_file(const std::string& path, const Found& found) {
    Entry entry{.path = path,
                .executable = found.executable,
                .size = found.stamp.size,
                .mtime_ns = found.stamp.mtime_ns};
    const Digest* known = request_.force ? nullptr : memory_.find(path, found.stamp);
    if (known) {
      entry.digest = *known;
    } else {
      LIBRE_CHECK(still_wanted(wait_));  // reading takes its time
      const auto fd = root_.open_file(path);
      if (!fd && fd.error().code == Errc::not_found) return {};
      const auto digest = fd ? read(fd->get(), entry.size) : Result<Digest>(fd.error());
      if (!digest) {
        LIBRE_CHECK(still_wanted(wait_));
        unreadable(path, digest.error().cause);
        return {};
      }
      entry.digest = *digest;
      ++scan_.files_read;
    }
    memory_.remember(path, found.stamp, entry.digest);
    ++scan_.files;
    scan_.bytes += entry.size;
    entries_.push_back(std::move(entry));
    return {};
  }

  // The same pass finds the digest and the blocks of a large file.
  Result<Digest> read(int fd, std::uint64_t size) {
    if (!request_.blocks || !is_listed(size)) return digest_of_file(fd);
    const auto list = list_file(fd, size, block_size_for(size), wait_);
    // It has become shorter: whoever sends it finds that out, and does not send it.
    if (!list && list.error().code == Errc::not_found) return digest_of_file(fd);
    LIBRE_CHECK(list);
    (void)request_.blocks->remember(*list);  // a help only
    scan_.blocks_found = true;
    return list->digest;
  }

  void add_link(const std::string& path, const Found& found) {
    if (points_outside(path, found.target)) note(SyncNote::Kind::outside_link, path, found.target);
    entries_.push_back({.path = path, .kind = EntryKind::symlink, .target = found.target});
  }

  void unreadable(const std::string& path, const std::string& reason) {
    note(SyncNote::Kind::unreadable, path, reason);
    entries_.push_back({.path = path, .kind = EntryKind::unknown});
  }

  void note(SyncNote::Kind kind, const std::string& path, std::string detail) {
    scan_.notes.push_back({kind, path, std::move(detail)});
  }

  Rooted& root_;
  const ScanRequest& request_;
  HashMemory& memory_;
  const Wait& wait_;
  std::vector<Entry> entries_;
  Scan scan_;
};

struct Share {
  std::uint64_t files = 0, bytes = 0;
};

}  // namespace

Result<Scan> scan(Rooted& root, const ScanRequest& request, HashMemory& memory, const Wait& wait) {
  return Scanner(root, request, memory, wait).run();
}

bool points_outside(std::string_view path, std::string_view target) {
  if (target.starts_with('/')) return true;
  auto depth = std::count(path.begin(), path.end(), '/');
  for (const auto& component : split(target, '/')) {
    if (component == "..") {
      if (--depth < 0) return true;
    } else if (!component.empty() && component != ".")
      ++depth;
  }
  return false;
}

std::string surprise(const Tree& tree) {
  constexpr std::uint64_t many_bytes = 200'000'000, many_files = 20'000;
  Share all;
  std::map<std::string, Share> shares;  // by what lies at the top
  for (const auto& entry : tree.entries()) {
    if (entry.kind != EntryKind::file) continue;
    const auto slash = entry.path.find('/');
    auto& share = shares[slash == std::string::npos ? entry.path : entry.path.substr(0, slash + 1)];
    for (auto* sum : {&all, &share}) {
      ++sum->files;
      sum->bytes += entry.size;
    }
  }
  if (all.bytes <= many_bytes && all.files <= many_files) return {};
  std::vector<std::pair<std::string, Share>> largest(shares.begin(), shares.end());
  const auto weight = [&](const Share& share) {
    return static_cast<double>(share.bytes) / many_bytes +
           static_cast<double>(share.files) / many_files;
  };
  std::stable_sort(largest.begin(), largest.end(), [&](const auto& a, const auto& b) {
    return weight(a.second) > weight(b.second);
  });
  auto text = fmt::format(
      "this first sync sends {} in {} files; most of it:", human_bytes(all.bytes), all.files);
  for (std::size_t i = 0; i < std::min<std::size_t>(3, largest.size()); ++i)
    text += fmt::format("{} {} ({} in {} files)", i ? "," : "", printable(largest[i].first),
                        human_bytes(largest[i].second.bytes), largest[i].second.files);
  return text + "; what should stay here goes into .recompute/exclude";
}

}  // namespace libre::sync
