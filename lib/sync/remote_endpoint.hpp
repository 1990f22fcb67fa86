// The half of a sync that asks: an Endpoint at the other end of an rpc connection.
#pragma once
#include "rpc/connection.hpp"
#include "sync/endpoint.hpp"

namespace libre::sync {

class RemoteEndpoint final : public Endpoint {
 public:
  explicit RemoteEndpoint(rpc::Connection& connection) : connection_(connection) {}  // borrowed

  Result<MirrorInfo> find(const MirrorSpec& mirror, const Wait& wait) override;
  Result<Offered> offer(const MirrorSpec& mirror, const Tree& wanted, const OfferOptions& options,
                        const Wait& wait) override;
  Result<Applied> supply(ContentSource& contents, const Wait& wait) override;
  Result<Listing> list(const ListRequest& request, const Wait& wait) override;
  Result<void> read(const MirrorSpec& mirror, const std::vector<ReadItem>& items, const ContentSink& sink,
                    const Wait& wait) override;

 private:
  Result<std::string> ask(std::string_view method, std::string header, std::string_view body, const Wait& wait);
  Result<rpc::CallId> send(std::string_view method, std::string header, std::string_view body, const Wait& wait);
  Result<void> send_contents(rpc::CallId call, ContentSource& contents, const Wait& wait);

  rpc::Connection& connection_;
  std::uint64_t needed_ = 0;  // files that the last offer asked for
};

}  // namespace libre::sync
