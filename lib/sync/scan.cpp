#include "sync/scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <span>

#include "base/parallel.hpp"
#include "base/text.hpp"
#include "sync/delta/file_content.hpp"
#include "sync/file_times.hpp"
#include "sync/observe.hpp"

namespace libre::sync {
namespace {

constexpr std::size_t paths_at_once = 4096;  // whose results are held at a time
constexpr std::size_t looks_of_a_run = 256, reads_of_a_run = 4;
constexpr std::uint64_t quickly_read =
    64 * 1024;  // many files of this size before it is asked whether to go on

class Scanner {
 public:
  Scanner(Rooted& root, ScanRequest request, HashMemory& memory, const Wait& wait)
      : root_(root), request_(std::move(request)), memory_(memory), wait_(wait) {}

  Result<Scan> run() {
    memory_.begin(file_clock_ns());
    entries_.reserve(request_.paths.size() + request_.empty_directories.size() +
                     request_.unreadable.size());
    std::span<std::string> rest(request_.paths);
    while (!rest.empty()) {
      const auto paths = rest.first(std::min(rest.size(), paths_at_once));
      LIBRE_CHECK(add_all(paths));
      rest = rest.subspan(paths.size());
    }
    for (auto& path : request_.empty_directories)
      entries_.push_back({.path = std::move(path), .kind = EntryKind::directory});
    for (auto& path : request_.unreadable)
      entries_.push_back({.path = std::move(path), .kind = EntryKind::unknown});
    memory_.finish();
    scan_.blocks_found = blocks_found_;
    LIBRE_TRY(scan_.tree, Tree::make(std::move(entries_)));
    return std::move(scan_);
  }

 private:
  // What is at a path. Gone since it was listed: nullopt. A file gets its digest before it is added.
  using Look = Result<std::optional<Found>>;

  Result<void> add_all(std::span<std::string> paths) {
    std::vector<Look> looks(paths.size(), std::optional<Found>());
    LIBRE_CHECK(still_wanted(wait_));
    in_parallel(paths.size(), looks_of_a_run, [&] {
      return [&, root = root_.another()](std::size_t begin, std::size_t end) mutable {
        for (auto at = begin; at < end; ++at) looks[at] = root.look(paths[at]);
      };
    });
    LIBRE_CHECK(read_unknown(paths, looks));
    for (std::size_t at = 0; at < paths.size(); ++at)
      add(std::move(paths[at]), std::move(looks[at]));
    return {};
  }

  // Files whose contents the memory does not know are read.
  Result<void> read_unknown(std::span<const std::string> paths, std::vector<Look>& looks) {
    std::vector<std::size_t> unknown;
    std::optional<std::size_t> largest;  // of the rewritten ones
    const auto size_of = [&](std::size_t at) { return (*looks[at])->stamp.size; };
    for (std::size_t at = 0; at < paths.size(); ++at) {
      if (!looks[at] || !*looks[at] || (*looks[at])->kind != FoundKind::file) continue;
      auto& found = **looks[at];
      if (!request_.force) found.digest = memory_.find(paths[at], found.stamp);
      if (found.digest) continue;
      unknown.push_back(at);
      if (memory_.had_size_of(paths[at], found.stamp) &&
          (!largest || size_of(*largest) < found.stamp.size))
        largest = at;
    }
    if (largest && request_.before_reading)
      request_.before_reading(paths[*largest], size_of(*largest));
    in_parallel(unknown.size(), reads_of_a_run, [&] {
      return [&, root = root_.another(), pause = NowAndThen(wait_)](std::size_t begin,
                                                                    std::size_t end) mutable {
        for (auto at = begin; at < end && !given_up_; ++at) {
          auto& look = looks[unknown[at]];
          const bool is_long = (*look)->stamp.size > quickly_read;
          given_up_ = !(is_long ? still_wanted(wait_) : pause.still_wanted());
          if (!given_up_) look = read(root, paths[unknown[at]], std::move(**look));
        }
      };
    });
    LIBRE_CHECK(still_wanted(wait_));
    scan_.files_read += static_cast<std::uint64_t>(std::ranges::count_if(
        unknown, [&](std::size_t at) { return looks[at] && looks[at]->has_value(); }));
    return {};
  }

  // Any thread.
  Look read(Rooted& root, const std::string& path, Found found) {
    const auto file = root.open_file(path);
    if (!file && file.error().code == Errc::not_found) return std::optional<Found>();
    if (!file) return file.error();
    LIBRE_TRY(found.digest, read(file->get(), file->stamp.size));
    return std::optional(std::move(found));
  }

  void add(std::string path, const Look& look) {
    if (!look) return unreadable(std::move(path), look.error().cause);
    if (!*look) return;
    const Found& found = **look;
    switch (found.kind) {
      case FoundKind::file:
        memory_.remember(path, found.stamp, *found.digest);
        ++scan_.files;
        scan_.bytes += found.stamp.size;
        entries_.push_back({.path = std::move(path),
                            .executable = found.executable,
                            .size = found.stamp.size,
                            .mtime_ns = found.stamp.mtime_ns,
                            .digest = *found.digest});
        break;
      case FoundKind::symlink:
        if (points_outside(path, found.target))
          note(SyncNote::Kind::outside_link, path, found.target.str());
        entries_.push_back(
            {.path = std::move(path), .kind = EntryKind::symlink, .target = found.target});
        break;
      case FoundKind::directory:
        break;
      case FoundKind::special:
        note(SyncNote::Kind::special, path, "a socket, pipe or device");
    }
  }

  // The same pass finds the digest and the blocks of a large file. Any thread.
  Result<Digest> read(int fd, std::uint64_t size) {
    if (!request_.blocks || !is_listed(size) || size < request_.blocks_from)
      return digest_of_file(fd, size);
    const auto list = list_file(fd, size, block_size_for(size), wait_);
    // It has become shorter: whoever sends it finds that out, and does not send it.
    if (!list && list.error().code == Errc::not_found) return digest_of_file(fd, size);
    LIBRE_CHECK(list);
    (void)request_.blocks->remember(*list);  // a help only
    blocks_found_ = true;
    return list->digest;
  }

  void unreadable(std::string path, const std::string& reason) {
    note(SyncNote::Kind::unreadable, path, reason);
    entries_.push_back({.path = std::move(path), .kind = EntryKind::unknown});
  }

  void note(SyncNote::Kind kind, const std::string& path, std::string detail) {
    scan_.notes.push_back({kind, path, std::move(detail)});
  }

  Rooted& root_;
  ScanRequest request_;
  HashMemory& memory_;
  const Wait& wait_;
  std::vector<Entry> entries_;
  std::atomic<bool> blocks_found_ = false;
  std::atomic<bool> given_up_ = false;  // by one of the threads that read, for all of them
  Scan scan_;
};

struct Share {
  std::uint64_t files = 0, bytes = 0;
};

}  // namespace

Result<Scan> scan(Rooted& root, ScanRequest request, HashMemory& memory, const Wait& wait) {
  return Scanner(root, std::move(request), memory, wait).run();
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
    const auto path = entry.path.view();
    const auto slash = path.find('/');
    auto& share = shares[std::string(slash == path.npos ? path : path.substr(0, slash + 1))];
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
