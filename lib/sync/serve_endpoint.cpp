#include "sync/serve_endpoint.hpp"

#include "sync/batch.hpp"
#include "sync/core/bytes.hpp"
#include "sync/local_endpoint.hpp"
#include "sync/messages.hpp"

namespace libre::sync {
namespace {

constexpr std::size_t event_size = 256 * 1024;

Result<std::string> whole_body(rpc::Call& call) {
  std::string body = call.body();
  for (;;) {
    LIBRE_TRY(const auto piece, call.read_data());
    if (!piece) return body;
    body += *piece;
    if (body.size() > max_tree_bytes) return Error{Errc::protocol, "a list of files is too long"};
  }
}

Result<Tree> tree_in(rpc::Call& call) {
  LIBRE_TRY(const auto body, whole_body(call));
  return decode_tree(body);
}

Result<rpc::Answer> answer_with(rpc::Call& call, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, event_size);
    LIBRE_CHECK(call.hold_event({}, piece));
    bytes.remove_prefix(piece.size());
  }
  return rpc::Answer{"{}"};
}

// The contents of a supply request, as they come in.
class ArrivingContents final : public ContentSource {
 public:
  explicit ArrivingContents(rpc::Call& call) : call_(call) {}

  Result<ContentPiece> next() override {
    for (;;) {
      ContentPiece piece;
      LIBRE_TRY(const bool whole, decoder_.next(piece));
      if (whole) return piece;
      LIBRE_TRY(auto batch, call_.read_data());
      if (!batch) return Error{Errc::protocol, "the contents ended too early"};
      LIBRE_CHECK(batches_.open(*std::move(batch), decoder_));
    }
  }
  void interrupt() override { call_.cancel(); }

 private:
  rpc::Call& call_;
  BatchReader batches_;
  ContentDecoder decoder_{ContentDecoder::Copies::allowed};  // who takes them knows which are right
};

class Methods {
 public:
  Methods(MirrorPlaces places, std::shared_ptr<MirrorLocks> locks)
      : places_(std::move(places)), locks_(std::move(locks)) {}

  Result<rpc::Answer> find(rpc::Call& call) const {
    LIBRE_TRY(const auto mirror, from_json<MirrorSpec>(call.header()));
    LIBRE_TRY(const auto info, of(call)->find(mirror, wait(call)));
    return rpc::Answer{to_json(info)};
  }

  Result<rpc::Answer> look(rpc::Call& call) const {
    LIBRE_TRY(const auto mirror, from_json<MirrorSpec>(call.header()));
    ByteReader in(call.body());
    const auto from = in.digest();
    if (in.ok()) of(call)->look_ahead(mirror, from, wait(call));
    return rpc::Answer{.header = "{}", .may_wait = true};
  }

  Result<rpc::Answer> copy(rpc::Call& call) const {
    LIBRE_TRY(const auto request, from_json<CopyRequest>(call.header()));
    of(call)->copy_ahead(request.mirror, request.path, request.size, wait(call));
    return rpc::Answer{.header = "{}", .may_wait = true};
  }

  Result<rpc::Answer> update(rpc::Call& call) const {
    LIBRE_TRY(const auto request, from_json<UpdateRequest>(call.header()));
    LIBRE_TRY(const auto body, whole_body(call));
    if (request.difference_size > body.size()) return Error{Errc::protocol, "a sync was cut short"};
    const auto size = static_cast<std::size_t>(request.difference_size);
    LIBRE_TRY(const auto difference, decode_difference(std::string_view(body).substr(0, size)));
    BatchReader batch;
    LIBRE_TRY(const auto contents, batch.open(std::string_view(body).substr(size)));
    LIBRE_TRY(const auto applied,
              of(call)->update(request.mirror, difference, contents, wait(call)));
    return answer_with(call, encode(applied));
  }

  Result<rpc::Answer> offer(rpc::Call& call) const {
    LIBRE_TRY(const auto request, from_json<OfferRequest>(call.header()));
    LIBRE_TRY(auto wanted, tree_in(call));
    LIBRE_TRY(const auto offered,
              of(call)->offer(request.mirror, std::move(wanted), request.options, wait(call)));
    return answer_with(call, encode(offered));
  }

  Result<rpc::Answer> changes(rpc::Call& call) const {
    LIBRE_TRY(const auto mirror, from_json<MirrorSpec>(call.header()));
    LIBRE_TRY(const auto body, whole_body(call));
    LIBRE_TRY(const auto difference, decode_difference(body));
    LIBRE_TRY(const auto offered, of(call)->offer_changes(mirror, difference, wait(call)));
    return answer_with(call, encode(offered));
  }

  Result<rpc::Answer> blocks(rpc::Call& call) const {
    LIBRE_TRY(const auto request, from_json<BlocksRequest>(call.header()));
    LIBRE_TRY(const auto list, of(call)->blocks(request.mirror, request.path, wait(call)));
    return answer_with(call, encode(list));
  }

  Result<rpc::Answer> supply(rpc::Call& call) const {
    ArrivingContents contents(call);
    LIBRE_TRY(const auto applied, of(call)->supply(contents, wait(call)));
    LIBRE_CHECK(whole_body(call));
    return answer_with(call, encode(applied));
  }

  Result<rpc::Answer> list(rpc::Call& call) const {
    LIBRE_TRY(const auto request, from_json<ListRequest>(call.header()));
    LIBRE_TRY(const auto listing, of(call)->list(request, wait(call)));
    return answer_with(call, encode(listing));
  }

  Result<rpc::Answer> read(rpc::Call& call) const {
    LIBRE_TRY(const auto mirror, from_json<MirrorSpec>(call.header()));
    LIBRE_TRY(const auto body, whole_body(call));
    LIBRE_TRY(const auto items, decode_items(body));
    BatchWriter batch(wire::make_small_compressor());
    const auto send_batch = [&]() -> Result<void> {
      const auto bytes = batch.finish();
      const auto before = std::chrono::steady_clock::now();
      LIBRE_CHECK(call.send_event({}, bytes));
      batch.sent(bytes.size(), before, std::chrono::steady_clock::now());
      return {};
    };
    const auto send = [&](const ContentPiece& piece) -> Result<void> {
      batch.add(piece);
      return batch.is_full() ? send_batch() : Result<void>();
    };
    LIBRE_CHECK(of(call)->read(mirror, items, send, wait(call)));
    LIBRE_CHECK(send_batch());
    return rpc::Answer{"{}"};
  }

 private:
  static Wait wait(rpc::Call& call) { return {.waker = &call.waker()}; }

  std::shared_ptr<LocalEndpoint> of(rpc::Call& call) const {
    auto& session = call.session("sync");
    if (!session) session = std::make_shared<LocalEndpoint>(places_, locks_, memories_);
    return std::static_pointer_cast<LocalEndpoint>(session);
  }

  MirrorPlaces places_;
  std::shared_ptr<MirrorLocks> locks_;
  std::shared_ptr<MemoryCache> memories_ = std::make_shared<MemoryCache>();
};

}  // namespace

void serve_endpoint(rpc::Service& service, MirrorPlaces places,
                    std::shared_ptr<MirrorLocks> locks) {
  const auto methods = std::make_shared<Methods>(std::move(places), std::move(locks));
  service.on("sync.find", [methods](rpc::Call& call) { return methods->find(call); });
  service.on("sync.look", [methods](rpc::Call& call) { return methods->look(call); });
  service.on("sync.copy", [methods](rpc::Call& call) { return methods->copy(call); });
  service.on("sync.update", [methods](rpc::Call& call) { return methods->update(call); });
  service.on("sync.offer", [methods](rpc::Call& call) { return methods->offer(call); });
  service.on("sync.changes", [methods](rpc::Call& call) { return methods->changes(call); });
  service.on("sync.blocks", [methods](rpc::Call& call) { return methods->blocks(call); });
  service.on("sync.supply", [methods](rpc::Call& call) { return methods->supply(call); });
  service.on("sync.list", [methods](rpc::Call& call) { return methods->list(call); });
  service.on("sync.read", [methods](rpc::Call& call) { return methods->read(call); });
}

}  // namespace libre::sync
