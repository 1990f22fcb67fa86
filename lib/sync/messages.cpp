#include "sync/messages.hpp"

#include <algorithm>

#include "base/json_described.hpp"
#include "sync/core/bytes.hpp"
#include "sync/delta/block_list.hpp"

namespace libre::sync {
namespace {

Error damaged() {
  return Error{Errc::protocol, "the other side's answer about files makes no sense"};
}

constexpr std::size_t max_detail = 64 * 1024;

void write_notes(ByteWriter& out, const std::vector<SyncNote>& notes) {
  out.number(notes.size());
  for (const auto& note : notes) {
    out.byte(static_cast<std::uint8_t>(note.kind));
    out.text(note.path);
    out.text(std::string_view(note.detail).substr(0, max_detail));
  }
}

// Notes are only shown, so their paths may be anything.
SyncNote read_note(ByteReader& in) {
  const auto kind = in.byte();
  if (kind > static_cast<std::uint8_t>(SyncNote::Kind::mode)) in.fail();
  SyncNote note{.kind = static_cast<SyncNote::Kind>(kind)};
  // Assigned to, they would take room for twice as much.
  note.path = std::string(in.text(max_detail));
  note.detail = std::string(in.text(max_detail));
  return note;
}

bool read_notes(ByteReader& in, std::vector<SyncNote>& notes) {
  const auto count = in.number();
  constexpr std::size_t usual_bytes = 16;  // of a note: a lie about the count costs little memory
  notes.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(count, in.left() / usual_bytes)));
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) notes.push_back(read_note(in));
  return in.ok();
}

}  // namespace

std::string encode(const Offered& offered) {
  ByteWriter out;
  out.byte(static_cast<std::uint8_t>((offered.done ? 1 : 0) | (offered.first ? 2 : 0)));
  out.number(offered.deleted);
  out.number(offered.needs.size());
  std::uint64_t previous = 0;
  for (const auto& need : offered.needs) {
    out.number((need.index - previous) * 2 + (need.base ? 1 : 0));
    out.number(need.offset);
    if (need.base) {
      out.digest(need.base->digest);
      out.number(need.base->size);
    }
    previous = need.index;
  }
  write_notes(out, offered.notes);
  return out.take();
}

Result<Offered> decode_offered(std::string_view bytes, const Tree& wanted) {
  ByteReader in(bytes);
  Offered offered;
  const auto flags = in.byte();
  offered.done = (flags & 1) != 0;
  offered.first = (flags & 2) != 0;
  offered.deleted = in.number();
  const auto count = in.number();
  if (count > wanted.size()) return damaged();
  offered.needs.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(count, in.left())));
  std::uint64_t index = 0;
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    const auto first = in.number();
    const auto step = first / 2;
    if (i > 0 && step == 0) return damaged();
    index += step;
    const auto offset = in.number();
    const bool possible = step <= wanted.size() && index < wanted.size() &&
                          wanted[static_cast<std::size_t>(index)].kind == EntryKind::file &&
                          offset <= wanted[static_cast<std::size_t>(index)].size;
    if (!possible) return damaged();
    offered.needs.push_back({index, offset});
    if (first % 2 == 0) continue;
    offered.needs.back().base = ContentId{in.digest(), in.number()};
    if (!is_listed(offered.needs.back().base->size)) return damaged();
  }
  if (!read_notes(in, offered.notes) || !in.at_end()) return damaged();
  return offered;
}

std::string encode(const Applied& applied) {
  ByteWriter out;
  out.number(applied.files);
  out.number(applied.deleted);
  out.number(applied.wrong);
  write_notes(out, applied.notes);
  return out.take();
}

Result<Applied> decode_applied(std::string_view bytes) {
  AppliedReader reader;
  LIBRE_CHECK(reader.add(bytes));
  return reader.finish();
}

void AppliedReader::read_begin(ByteReader& in) {
  applied_.files = in.number();
  applied_.deleted = in.number();
  applied_.wrong = in.number();
  notes_left_ = in.number();
  begun_ = in.ok();
  if (begun_) applied_.notes.reserve(std::min<std::uint64_t>(notes_left_, likely_));
}

Result<void> AppliedReader::add(std::string_view piece) {
  constexpr std::size_t longest_note = 2 * max_detail + 16;
  rest_ += piece;
  ByteReader in(rest_);
  if (!begun_) read_begin(in);
  std::size_t left = begun_ ? in.left() : rest_.size();
  while (begun_ && notes_left_ > 0) {
    auto note = read_note(in);
    if (!in.ok()) break;
    applied_.notes.push_back(std::move(note));
    --notes_left_;
    left = in.left();
  }
  if (left > (begun_ && notes_left_ == 0 ? 0 : longest_note)) return damaged();
  rest_.erase(0, rest_.size() - left);
  return {};
}

Result<Applied> AppliedReader::finish() {
  if (!begun_ || notes_left_ > 0) return damaged();
  return std::move(applied_);
}

std::string encode(const Listing& listing) {
  ByteWriter out;
  out.number(listing.matches.size());
  for (const auto& match : listing.matches) {
    out.number(match.pattern);
    out.text(match.path);
    out.byte(match.directory ? 1 : 0);
  }
  write_notes(out, listing.notes);
  out.raw(encode(listing.tree));
  return out.take();
}

Result<Listing> decode_listing(std::string_view bytes, std::size_t patterns) {
  ByteReader in(bytes);
  Listing listing;
  const auto count = in.number();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    ListMatch match;
    match.pattern = in.number();
    match.path = in.text(max_path);
    match.directory = in.byte() != 0;
    if (match.pattern >= patterns || !(match.path.empty() || is_valid_path(match.path)))
      return damaged();
    listing.matches.push_back(std::move(match));
  }
  if (!read_notes(in, listing.notes)) return damaged();
  LIBRE_TRY(listing.tree, decode_tree(in.raw(in.left())));
  return listing;
}

std::string encode(const std::vector<ReadItem>& items) {
  ByteWriter out;
  out.number(items.size());
  for (const auto& item : items) {
    out.text(item.path);
    out.number(item.offset);
    out.number(item.size);
    out.signed_number(item.mtime_ns);
    out.text(item.old.size > 0 ? encode(item.old) : std::string());
  }
  return out.take();
}

Result<std::vector<ReadItem>> decode_items(std::string_view bytes) {
  ByteReader in(bytes);
  std::vector<ReadItem> items;
  const auto count = in.number();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    ReadItem item;
    item.path = in.text(max_path);
    item.offset = in.number();
    item.size = in.number();
    item.mtime_ns = in.signed_number();
    const auto list = in.text(max_tree_bytes);
    if (!in.ok() || !is_valid_path(item.path)) return damaged();
    if (!list.empty()) {
      LIBRE_TRY(item.old, decode_block_list(list));
    }
    items.push_back(std::move(item));
  }
  if (!in.ok() || !in.at_end()) return damaged();
  return items;
}

BOOST_DESCRIBE_STRUCT(MirrorSpec, (), (path, project_id, project_name, source_root))
BOOST_DESCRIBE_STRUCT(MirrorInfo, (), (path, exists))
BOOST_DESCRIBE_STRUCT(OfferOptions, (), (dry_run, force, partial, whole))
BOOST_DESCRIBE_STRUCT(OfferRequest, (), (mirror, options))
BOOST_DESCRIBE_STRUCT(BlocksRequest, (), (mirror, path))
BOOST_DESCRIBE_STRUCT(CopyRequest, (), (mirror, path, size))
BOOST_DESCRIBE_STRUCT(UpdateRequest, (), (mirror, difference_size))
BOOST_DESCRIBE_STRUCT(ListRequest, (), (mirror, patterns, shallow))

}  // namespace libre::sync

namespace libre {
BOOST_DESCRIBE_ENUM(SyncNoteKind, sent, deleted, kept_aside, left_alone, unreadable, outside_link,
                    special, vanished, mode)
BOOST_DESCRIBE_STRUCT(SyncNote, (), (kind, path, detail))
BOOST_DESCRIBE_STRUCT(SyncReport, (),
                      (files, bytes, files_sent, bytes_sent, deleted, seconds, dry_run, notes))
BOOST_DESCRIBE_STRUCT(TransferReport, (),
                      (files, files_moved, bytes_moved, seconds, dry_run, at_most, notes))
}  // namespace libre

LIBRE_JSON(libre::SyncReport)
LIBRE_JSON(libre::TransferReport)
LIBRE_JSON(libre::sync::MirrorSpec)
LIBRE_JSON(libre::sync::MirrorInfo)
LIBRE_JSON(libre::sync::OfferRequest)
LIBRE_JSON(libre::sync::BlocksRequest)
LIBRE_JSON(libre::sync::CopyRequest)
LIBRE_JSON(libre::sync::UpdateRequest)
LIBRE_JSON(libre::sync::ListRequest)
