#include "sync/arrivals.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/stream.hpp"
#include "base/text.hpp"
#include "sync/delta/file_content.hpp"

namespace libre::sync {
namespace {

// A pulled file's content is not known before it comes, so its name in the staging directory is made
// of what the listing says.
std::string arriving_name(std::string_view source, const Entry& entry) {
  return digest_of(as_bytes(fmt::format("{}\n{}\n{}", source, entry.size, entry.mtime_ns))).hex();
}

}  // namespace

Result<void> Arrivals::expect(const Entry& entry, const SharedText& source,
                              std::uint64_t old_size) {
  LIBRE_TRY(auto offset, staged_size(root_, arriving_name(source, entry)));
  if (offset > entry.size) offset = 0;
  wanted_.push_back({&entry, source, offset, old_size});
  progress_.total += entry.size - offset;
  ++progress_.files_total;
  return {};
}

Result<void> Arrivals::receive() {
  LIBRE_CHECK(receive_all(std::exchange(wanted_, {})));
  for (const auto& whole : again_) progress_.total += whole.entry->size;
  return receive_all(std::exchange(again_, {}));
}

Result<void> Arrivals::receive_all(const std::vector<Wanted>& wanted) {
  for (auto rest = std::span(wanted); !rest.empty();) {
    LIBRE_TRY(const auto items, next_request(rest));
    std::size_t at = 0;
    const auto sink = [&](const ContentPiece& piece) -> Result<void> {
      if (at == items.size()) return Error{Errc::protocol, "more files came than were asked for"};
      LIBRE_CHECK(take(rest[at], items[at], piece));
      at += piece.is_end;
      return {};
    };
    LIBRE_CHECK(endpoint_.read(mirror_, items, sink, wait_));
    rest = rest.subspan(items.size());
  }
  return {};
}

Result<std::vector<ReadItem>> Arrivals::next_request(std::span<const Wanted> wanted) {
  std::vector<ReadItem> items;
  std::uint64_t lists = 0;
  for (const auto& one : wanted) {
    LIBRE_TRY(auto old, list_of_old(one));
    lists += old.count() * (sizeof(std::uint64_t) + sizeof(std::uint32_t));
    items.push_back(
        {one.source.str(), one.offset, one.entry->size, one.entry->mtime_ns, std::move(old)});
    if (lists > max_lists_in_request) break;
  }
  return items;
}

// An empty one where there is nothing to make a list of, or not any more.
Result<BlockList> Arrivals::list_of_old(const Wanted& wanted) {
  if (!is_listed(wanted.old_size) || !is_listed(wanted.entry->size)) return BlockList{};
  const auto old = root_.open_file(wanted.entry->path);
  if (!old) return BlockList{};
  auto list = list_file(old->get(), wanted.old_size, block_size_for(wanted.old_size), wait_);
  if (!list && list.error().code != Errc::not_found) return std::move(list).error();
  return list ? *std::move(list) : BlockList{};
}

Result<void> Arrivals::take(const Wanted& wanted, const ReadItem& item, const ContentPiece& piece) {
  if (!incoming_) LIBRE_CHECK(begin(wanted, item));
  if (!piece.is_end) {
    progress_.done += piece.copy ? piece.copy->length : piece.bytes.size();
    report_.bytes_moved += piece.bytes.size();
    observer_.progress(progress_);
    return usable_ ? rebuild_->take(piece, wait_) : Result<void>();
  }
  ++progress_.files_done;
  observer_.progress(progress_);
  return end(wanted, item, piece.end);
}

Result<void> Arrivals::begin(const Wanted& wanted, const ReadItem& item) {
  LIBRE_TRY(auto opened, Incoming::open(root_, arriving_name(item.path, *wanted.entry)));
  rebuild_.reset();  // before what it borrows
  incoming_.emplace(std::move(opened));
  if (incoming_->size() != item.offset) LIBRE_CHECK(incoming_->restart());
  usable_ = incoming_->size() == item.offset;
  expected_ = *wanted.entry;
  auto old = item.old.size > 0 ? root_.open_file(wanted.entry->path) : Result<OpenFile>(OpenFile());
  rebuild_.emplace(*incoming_, old ? std::move(old->fd) : Fd(), item.old.size, expected_);
  return {};
}

Result<void> Arrivals::end(const Wanted& wanted, const ReadItem& item, const ContentEnd& end) {
  expected_.digest = end.digest;
  bool right = false;
  if (end.status == ContentStatus::complete && usable_) {
    LIBRE_TRY(right, rebuild_->is_right(wait_));
  }
  rebuild_.reset();
  Incoming arrived = *std::move(incoming_);
  incoming_.reset();
  if (right) return put_in_place(*wanted.entry, arrived);
  const bool made_of_old = item.old.size > 0 && end.status == ContentStatus::complete;
  if (usable_ && !made_of_old) return give_up(*wanted.entry, arrived, end.status);
  if (usable_) LIBRE_CHECK(root_.remove_file(arrived.path()));
  again_.push_back({wanted.entry, wanted.source});
  return {};
}

Result<void> Arrivals::put_in_place(const Entry& entry, Incoming& arrived) {
  LIBRE_CHECK(arrived.make_durable());
  LIBRE_CHECK(arrived.set_attributes(entry.executable, entry.mtime_ns));
  LIBRE_CHECK(root_.rename(arrived.path(), entry.path));
  compare_.placed(entry, expected_.digest);
  ++report_.files_moved;
  return {};
}

Result<void> Arrivals::give_up(const Entry& entry, const Incoming& arrived, ContentStatus status) {
  const bool unreadable = status == ContentStatus::unreadable;
  report_.notes.push_back(
      {unreadable ? SyncNote::Kind::unreadable : SyncNote::Kind::vanished, entry.path.str(),
       unreadable ? "it cannot be read there" : "it changed while it was read; pull it again"});
  return root_.remove_file(arrived.path());
}

}  // namespace libre::sync
