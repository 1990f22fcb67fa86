#include "sync/remote_endpoint.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "sync/messages.hpp"

namespace libre::sync {
namespace {

using Clock = std::chrono::steady_clock;

// Before contents go on the other side reads what has arrived earlier, and says nothing meanwhile: at
// 50 MB/s or more. It also carries out what comes before the contents: 1 ms for each step is a slow NFS.
std::chrono::milliseconds time_to_begin(std::uint64_t bytes_there, std::size_t entries) {
  constexpr std::uint64_t bytes_each_ms = 50'000;
  return std::chrono::milliseconds(bytes_there / bytes_each_ms + entries);
}

// Whether a failure came from the other side, which then goes on with what was asked next.
bool has_answered(const Error& failure) {
  return failure.code != Errc::disconnected && failure.code != Errc::timed_out &&
         failure.code != Errc::interrupted;
}

Wait limited(const Wait& wait, std::chrono::milliseconds limit) {
  return {.deadline = Deadline::after(limit).or_earlier(wait.deadline), .waker = wait.waker};
}

Error silence(std::chrono::milliseconds limit) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit).count();
  return {Errc::timed_out, "the other side of the sync has been silent for too long",
          "nothing came for " + std::to_string(seconds) + " s",
          "try again; what has arrived is used"};
}

LinkSpeed link_of(const rpc::Connection& connection) {
  const auto round_trip = connection.round_trip();
  if (!round_trip || round_trip->count() <= 0) return LinkSpeed();
  return LinkSpeed(ssh_window / std::chrono::duration<double>(*round_trip).count());
}

using TakePiece = std::function<Result<void>(const std::string& piece)>;

// Of an answer that comes as the bodies of events, and has an end.
rpc::EventHandler pieces_to(TakePiece take) {
  return [take = std::move(take), total = std::size_t{0}](
             const std::string&, const std::string& piece) mutable -> Result<void> {
    total += piece.size();
    if (total > max_tree_bytes)
      return Error{Errc::protocol, "the agent's answer about files is too long"};
    return take(piece);
  };
}

rpc::EventHandler pieces_to(AppliedReader& reader) {
  return pieces_to([&reader](const std::string& piece) { return reader.add(piece); });
}

}  // namespace

RemoteEndpoint::RemoteEndpoint(rpc::Connection& connection, RemoteLimits limits)
    : connection_(connection),
      limits_(limits),
      batch_(wire::make_compressor(), link_of(connection)) {}

// `limit` is for the time between two events.
Result<rpc::Reply> RemoteEndpoint::wait_reply(rpc::CallId call, std::chrono::milliseconds limit,
                                              const Wait& wait, const rpc::EventHandler& on_event) {
  for (;;) {
    bool moved = false, failed = false;
    const auto watch = [&](const std::string& header, const std::string& body) -> Result<void> {
      moved = true;
      auto taken = on_event(header, body);
      failed = !taken;
      return taken;
    };
    auto reply = connection_.wait_reply(call, limited(wait, limit), watch);
    const bool late =
        !reply && reply.error().code == Errc::timed_out && !failed && !wait.deadline.passed();
    if (!late) return reply;
    if (!moved) return silence(limit);
  }
}

// Leaves the connection fit for the next call: takes what the other side still says about this one.
void RemoteEndpoint::give_up(rpc::CallId call, bool end_body) {
  const Wait brief{.deadline = Deadline::after(std::chrono::seconds(3))};
  const auto ignore = [](const std::string&, const std::string&) -> Result<void> { return {}; };
  bool told = connection_.cancel(call, brief).has_value();
  if (told && end_body) told = connection_.end_data(call, brief).has_value();
  if (told) (void)connection_.wait_reply(call, brief, ignore);
}

Result<rpc::CallId> RemoteEndpoint::send(std::string_view method, std::string header,
                                         std::string_view body, const Wait& wait) {
  const bool more = body.size() > wire::max_body;
  rpc::RequestOptions options;
  options.header = std::move(header);
  options.body = more ? std::string() : std::string(body);
  options.more = more;
  LIBRE_TRY(const auto call, connection_.send(method, options, wait));
  if (more) {
    LIBRE_CHECK(connection_.send_data(call, body, wait));
    LIBRE_CHECK(connection_.end_data(call, wait));
  }
  return call;
}

// A request whose answer comes as the bodies of events.
Result<std::string> RemoteEndpoint::ask(std::string_view method, std::string header,
                                        std::string_view body, const Wait& wait) {
  LIBRE_TRY(const auto call, send(method, std::move(header), body, limited(wait, limits_.answer)));
  std::string answer;
  LIBRE_CHECK(wait_reply(call, limits_.answer, wait,
                         pieces_to([&](const std::string& piece) -> Result<void> {
                           answer += piece;
                           return {};
                         })));
  return answer;
}

Result<MirrorInfo> RemoteEndpoint::find(const MirrorSpec& mirror, const Wait& wait) {
  const Wait brief = limited(wait, limits_.answer);
  LIBRE_TRY(const auto call, send("sync.find", to_json(mirror), {}, brief));
  if (behind_) LIBRE_CHECK(behind_(call));
  LIBRE_TRY(const auto reply, connection_.wait_reply(call, brief));
  return from_json<MirrorInfo>(reply.header);
}

void RemoteEndpoint::look_ahead(const MirrorSpec& mirror, const Digest& from, const Wait& wait) {
  const auto call =
      send("sync.look", to_json(mirror), as_text(std::as_bytes(std::span(from.bytes))),
           limited(wait, limits_.answer));
  if (call) hints_.push_back(*call);
}

void RemoteEndpoint::copy_ahead(const MirrorSpec& mirror, const std::string& path,
                                std::uint64_t size, const Wait& wait) {
  const auto call = send("sync.copy", to_json(CopyRequest{mirror, path, size}), {},
                         limited(wait, limits_.answer));
  if (call) hints_.push_back(*call);
}

// Their answers came before that of what was asked after them.
void RemoteEndpoint::forget_hints(const Wait& wait) {
  for (const auto call : std::exchange(hints_, {}))
    (void)connection_.wait_reply(call, limited(wait, limits_.answer));
}

Result<Applied> RemoteEndpoint::update(const MirrorSpec& mirror, const Difference& difference,
                                       std::string_view contents, const Wait& wait) {
  auto body = encode(difference);
  const UpdateRequest request{mirror, body.size()};
  batch_.drop();
  batch_.add(contents);
  body += batch_.finish();
  LIBRE_TRY(const auto call,
            send("sync.update", to_json(request), body, limited(wait, limits_.answer)));
  if (behind_) LIBRE_CHECK(behind_(call));
  AppliedReader answer;
  auto reply = wait_reply(call, limits_.answer, wait, pieces_to(answer));
  if (!reply && reply.error().code == Errc::interrupted) give_up(call, false);
  if (reply || has_answered(reply.error())) forget_hints(wait);
  LIBRE_CHECK(reply);
  return answer.finish();
}

Result<Offered> RemoteEndpoint::offer(const MirrorSpec& mirror, const Tree& wanted,
                                      const OfferOptions& options, const Wait& wait) {
  return offered(ask("sync.offer", to_json(OfferRequest{mirror, options}), encode(wanted), wait),
                 wanted, wait);
}

Result<Offered> RemoteEndpoint::offer_changes(const MirrorSpec& mirror,
                                              const Difference& difference, const Tree& wanted,
                                              const Wait& wait) {
  return offered(ask("sync.changes", to_json(mirror), encode(difference), wait), wanted, wait);
}

Result<Offered> RemoteEndpoint::offered(const Result<std::string>& answer, const Tree& wanted,
                                        const Wait& wait) {
  if (answer || has_answered(answer.error())) forget_hints(wait);
  LIBRE_CHECK(answer);
  LIBRE_TRY(auto offered, decode_offered(*answer, wanted));
  needed_ = offered.needs.size();
  std::uint64_t largest = 0;
  for (const auto& need : offered.needs)
    largest = std::max(largest, std::max(need.offset, need.base ? need.base->size : 0));
  contents_idle_ = limits_.idle + time_to_begin(largest, wanted.size());
  return offered;
}

Result<BlockList> RemoteEndpoint::blocks(const MirrorSpec& mirror, const std::string& path,
                                         const Wait& wait) {
  LIBRE_TRY(const auto answer, ask("sync.blocks", to_json(BlocksRequest{mirror, path}), {}, wait));
  return decode_block_list(answer);
}

Result<void> RemoteEndpoint::send_batch(rpc::CallId call, const Wait& wait) {
  const auto bytes = batch_.finish();
  const auto before = Clock::now();
  LIBRE_CHECK(connection_.send_data(call, bytes, limited(wait, contents_idle_)));
  batch_.sent(bytes.size(), before, Clock::now());
  return {};
}

Result<void> RemoteEndpoint::send_contents(rpc::CallId call, ContentSource& contents,
                                           const Wait& wait) {
  batch_.drop();
  for (std::uint64_t file = 0; file < needed_;) {
    LIBRE_TRY(const auto piece, contents.next());
    batch_.add(piece);
    if (piece.is_end) ++file;
    if (!batch_.is_full()) continue;
    LIBRE_TRY(const bool refused, connection_.is_closed(call));
    if (refused) break;  // with an error, which the reply holds
    LIBRE_CHECK(send_batch(call, wait));
  }
  LIBRE_CHECK(send_batch(call, wait));
  return connection_.end_data(call, limited(wait, contents_idle_));
}

Result<Applied> RemoteEndpoint::supply(ContentSource& contents, const Wait& wait) {
  rpc::RequestOptions options;
  options.more = true;
  LIBRE_TRY(const auto call,
            connection_.send("sync.supply", options, limited(wait, contents_idle_)));
  auto sent = send_contents(call, contents, wait);
  const auto files = static_cast<std::size_t>(std::exchange(needed_, 0));
  // A file that we failed to read leaves the request without its end: it is given up, and the
  // connection stays usable. After a write that was broken off it is not.
  if (!sent) {
    const auto code = sent.error().code;
    const bool write_broken =
        code == Errc::disconnected || code == Errc::interrupted || code == Errc::timed_out;
    if (!write_broken) give_up(call, true);
    return std::move(sent).error();
  }
  return answer_of_supply(call, files, wait);
}

// What was sent last may be on its way for long, and is worked on after that: the longer limit.
Result<Applied> RemoteEndpoint::answer_of_supply(rpc::CallId call, std::size_t files,
                                                 const Wait& wait) {
  AppliedReader answer(files);  // a note for each, or few more
  LIBRE_CHECK(wait_reply(call, limits_.answer, wait, pieces_to(answer)));
  return answer.finish();
}

Result<Listing> RemoteEndpoint::list(const ListRequest& request, const Wait& wait) {
  LIBRE_TRY(const auto answer, ask("sync.list", to_json(request), {}, wait));
  return decode_listing(answer, request.patterns.size());
}

Result<void> RemoteEndpoint::read(const MirrorSpec& mirror, const std::vector<ReadItem>& items,
                                  const ContentSink& sink, const Wait& wait) {
  LIBRE_TRY(const auto call,
            send("sync.read", to_json(mirror), encode(items), limited(wait, limits_.answer)));
  ContentDecoder decoder{ContentDecoder::Copies::allowed};  // the sink knows which are right
  BatchReader batches;
  std::size_t files = 0;
  const auto pass_on = [&](const std::string&, const std::string& batch) -> Result<void> {
    LIBRE_TRY(const auto bytes, batches.open(batch));
    decoder.feed(bytes);
    for (ContentPiece piece;;) {
      LIBRE_TRY(const bool whole, decoder.next(piece));
      if (!whole) return {};
      if (files == items.size())
        return Error{Errc::protocol, "the agent sent more files than were asked for"};
      if (piece.is_end) ++files;
      LIBRE_CHECK(sink(piece));
    }
  };
  // What brings no bytes, or few, is read there without a word.
  std::uint64_t in_silence = 0;
  for (const auto& item : items) in_silence += item.old.size > 0 ? item.size : item.offset;
  auto reply =
      wait_reply(call, limits_.idle + time_to_begin(in_silence, items.size()), wait, pass_on);
  if (!reply) {
    // Where it was our sink that failed, or we were interrupted, the agent must stop sending.
    const auto code = reply.error().code;
    if (code != Errc::disconnected && code != Errc::timed_out) give_up(call, false);
    return std::move(reply).error();
  }
  if (files < items.size() || !decoder.at_boundary())
    return Error{Errc::protocol, "the agent sent fewer files than were asked for"};
  return {};
}

}  // namespace libre::sync
