// The half of a sync that asks: an Endpoint at the other end of an rpc connection.
//
// Every call has limits of its own, so that a network that is half dead (it takes bytes and brings
// none) does not hold anybody for ever; the caller's Wait applies on top. What they end is
// Errc::timed_out. Nothing can be asked on the connection after that; everything can after a sink or a
// source of contents failed.
#pragma once
#include <chrono>
#include <vector>

#include "rpc/connection.hpp"
#include "sync/batch.hpp"
#include "sync/endpoint.hpp"

namespace libre::sync {

struct RemoteLimits {
  // For a look at directories, and for the whole answer to an offer: it may wait a minute for another
  // sync, and read everything that is in the mirror where nothing is remembered of it.
  std::chrono::milliseconds answer = std::chrono::minutes(10);
  // Between two frames (256 KiB) of contents, in both directions: slower than 5 KB/s is no connection.
  std::chrono::milliseconds idle = std::chrono::seconds(60);
};

class RemoteEndpoint final : public Endpoint {
 public:
  explicit RemoteEndpoint(rpc::Connection& connection, RemoteLimits limits = {});  // borrowed

  // Called when a find or an update has been sent, before its answer is awaited: what is to be done after
  // it can be sent right behind (rpc::RequestOptions::after). An error ends the find or update with it.
  using Behind = std::function<Result<void>(rpc::CallId before)>;
  void send_behind(Behind behind) { behind_ = std::move(behind); }

  Result<MirrorInfo> find(const MirrorSpec& mirror, const Wait& wait) override;
  void look_ahead(const MirrorSpec& mirror, const Digest& from, const Wait& wait) override;
  void copy_ahead(const MirrorSpec& mirror, const std::string& path, std::uint64_t size,
                  const Wait& wait) override;
  Result<Applied> update(const MirrorSpec& mirror, const Difference& difference,
                         std::string_view contents, const Wait& wait) override;
  Result<Offered> offer(const MirrorSpec& mirror, const Tree& wanted, const OfferOptions& options,
                        const Wait& wait) override;
  Result<Offered> offer_changes(const MirrorSpec& mirror, const Difference& difference,
                                const Tree& wanted, const Wait& wait) override;
  Result<BlockList> blocks(const MirrorSpec& mirror, const std::string& path,
                           const Wait& wait) override;
  Result<Applied> supply(ContentSource& contents, const Wait& wait) override;
  Result<Listing> list(const ListRequest& request, const Wait& wait) override;
  Result<void> read(const MirrorSpec& mirror, const std::vector<ReadItem>& items,
                    const ContentSink& sink, const Wait& wait) override;

 private:
  Result<std::string> ask(std::string_view method, std::string header, std::string_view body,
                          const Wait& wait);
  Result<rpc::CallId> send(std::string_view method, std::string header, std::string_view body,
                           const Wait& wait);
  Result<Offered> offered(const Result<std::string>& answer, const Tree& wanted, const Wait& wait);
  Result<void> send_batch(rpc::CallId call, const Wait& wait);
  Result<void> send_contents(rpc::CallId call, ContentSource& contents, const Wait& wait);

  Result<rpc::Reply> wait_reply(rpc::CallId call, std::chrono::milliseconds limit, const Wait& wait,
                                const rpc::EventHandler& on_event);
  Result<Applied> answer_of_supply(rpc::CallId call, std::size_t files, const Wait& wait);
  void give_up(rpc::CallId call, bool end_body);
  void forget_hints(const Wait& wait);

  rpc::Connection& connection_;
  RemoteLimits limits_;
  Behind behind_;
  std::vector<rpc::CallId> hints_;  // whose answers nobody has waited for
  BatchWriter batch_;
  std::uint64_t needed_ = 0;                    // files that the last offer asked for
  std::chrono::milliseconds contents_idle_{0};  // the limit while they are sent
};

}  // namespace libre::sync
