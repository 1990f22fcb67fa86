#include "sync/remote_endpoint.hpp"

#include "sync/messages.hpp"

namespace libre::sync {
namespace {

constexpr std::size_t batch_size = 256 * 1024;  // small files share frames

}  // namespace

Result<rpc::CallId> RemoteEndpoint::send(std::string_view method, std::string header, std::string_view body,
                                         const Wait& wait) {
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
Result<std::string> RemoteEndpoint::ask(std::string_view method, std::string header, std::string_view body,
                                        const Wait& wait) {
  LIBRE_TRY(const auto call, send(method, std::move(header), body, wait));
  std::string answer;
  const auto collect = [&](const std::string&, const std::string& piece) -> Result<void> {
    if (answer.size() + piece.size() > max_tree_bytes)
      return Error{Errc::protocol, "the agent's answer about files is too long"};
    answer += piece;
    return {};
  };
  LIBRE_CHECK(connection_.wait_reply(call, wait, collect));
  return answer;
}

Result<MirrorInfo> RemoteEndpoint::find(const MirrorSpec& mirror, const Wait& wait) {
  return rpc::call<MirrorInfo>(connection_, "sync.find", mirror, wait);
}

Result<Offered> RemoteEndpoint::offer(const MirrorSpec& mirror, const Tree& wanted, const OfferOptions& options,
                                      const Wait& wait) {
  LIBRE_TRY(const auto answer, ask("sync.offer", to_json(OfferRequest{mirror, options}), encode(wanted), wait));
  LIBRE_TRY(auto offered, decode_offered(answer, wanted));
  needed_ = offered.needs.size();
  return offered;
}

Result<void> RemoteEndpoint::send_contents(rpc::CallId call, ContentSource& contents, const Wait& wait) {
  std::string batch;
  for (std::uint64_t file = 0; file < needed_;) {
    LIBRE_TRY(const auto piece, contents.next());
    if (piece.is_end) {
      append_end(batch, piece.end);
      ++file;
    } else {
      append_chunk(batch, piece.bytes);
    }
    if (batch.size() < batch_size) continue;
    LIBRE_TRY(const bool refused, connection_.is_closed(call));
    if (refused) break;  // with an error, which the reply holds
    LIBRE_CHECK(connection_.send_data(call, batch, wait));
    batch.clear();
  }
  LIBRE_CHECK(connection_.send_data(call, batch, wait));
  return connection_.end_data(call, wait);
}

Result<Applied> RemoteEndpoint::supply(ContentSource& contents, const Wait& wait) {
  rpc::RequestOptions options;
  options.more = true;
  LIBRE_TRY(const auto call, connection_.send("sync.supply", options, wait));
  auto sent = send_contents(call, contents, wait);
  needed_ = 0;
  // A file that we failed to read leaves the request without its end: it is given up, and the
  // connection stays usable. After a write that was broken off it is not.
  if (!sent) {
    const auto code = sent.error().code;
    const bool write_broken = code == Errc::disconnected || code == Errc::interrupted || code == Errc::timed_out;
    if (!write_broken && connection_.cancel(call, wait) && connection_.end_data(call, wait))
      (void)connection_.wait_reply(call, {.deadline = Deadline::after(std::chrono::seconds(5)).or_earlier(wait.deadline)});
    return std::move(sent).error();
  }
  std::string answer;
  const auto collect = [&](const std::string&, const std::string& piece) -> Result<void> {
    answer += piece;
    return {};
  };
  LIBRE_CHECK(connection_.wait_reply(call, wait, collect));
  return decode_applied(answer);
}

Result<Listing> RemoteEndpoint::list(const ListRequest& request, const Wait& wait) {
  LIBRE_TRY(const auto answer, ask("sync.list", to_json(request), {}, wait));
  return decode_listing(answer, request.patterns.size());
}

Result<void> RemoteEndpoint::read(const MirrorSpec& mirror, const std::vector<ReadItem>& items,
                                  const ContentSink& sink, const Wait& wait) {
  LIBRE_TRY(const auto call, send("sync.read", to_json(mirror), encode(items), wait));
  ContentDecoder decoder;
  std::size_t files = 0;
  const auto pass_on = [&](const std::string&, const std::string& bytes) -> Result<void> {
    decoder.feed(bytes);
    for (ContentPiece piece;;) {
      LIBRE_TRY(const bool whole, decoder.next(piece));
      if (!whole) return {};
      if (files == items.size()) return Error{Errc::protocol, "the agent sent more files than were asked for"};
      if (piece.is_end) ++files;
      LIBRE_CHECK(sink(piece));
    }
  };
  auto reply = connection_.wait_reply(call, wait, pass_on);
  if (!reply) {
    // Where it was our sink that failed, the agent must stop sending.
    if (reply.error().code != Errc::disconnected) (void)connection_.cancel(call, wait);
    return std::move(reply).error();
  }
  if (files < items.size() || !decoder.at_boundary())
    return Error{Errc::protocol, "the agent sent fewer files than were asked for"};
  return {};
}

}  // namespace libre::sync
