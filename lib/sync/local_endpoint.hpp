// The half of a sync that does the work, on the machine where the mirror is.
#pragma once
#include <memory>

#include "sync/apply.hpp"
#include "sync/endpoint.hpp"
#include "sync/mirror.hpp"
#include "sync/mirror_locks.hpp"
#include "sync/mirror_memory.hpp"

namespace libre::sync {

class LocalEndpoint final : public Endpoint {
 public:
  // Endpoints that share `locks` may also share what has been read of their mirrors' memories.
  LocalEndpoint(MirrorPlaces places, std::shared_ptr<MirrorLocks> locks,
                std::shared_ptr<MemoryCache> memories = std::make_shared<MemoryCache>());

  Result<MirrorInfo> find(const MirrorSpec& mirror, const Wait& wait) override;
  void look_ahead(const MirrorSpec& mirror, const Digest& from, const Wait& wait) override;
  void copy_ahead(const MirrorSpec& mirror, const std::string& path, std::uint64_t size,
                  const Wait& wait) override;
  Result<Applied> update(const MirrorSpec& mirror, const Difference& difference,
                         std::string_view contents, const Wait& wait) override;
  Result<Offered> offer(const MirrorSpec& mirror, const Tree& wanted, const OfferOptions& options,
                        const Wait& wait) override;
  // The same, and takes over the tree: it is 100 bytes for each file.
  Result<Offered> offer(const MirrorSpec& mirror, Tree&& wanted, const OfferOptions& options,
                        const Wait& wait);
  Result<Offered> offer_changes(const MirrorSpec& mirror, const Difference& difference,
                                const Tree& wanted, const Wait& wait) override;
  // The same, where the tree is only known by the difference.
  Result<Offered> offer_changes(const MirrorSpec& mirror, const Difference& difference,
                                const Wait& wait);
  Result<BlockList> blocks(const MirrorSpec& mirror, const std::string& path,
                           const Wait& wait) override;
  Result<Applied> supply(ContentSource& contents, const Wait& wait) override;
  Result<Listing> list(const ListRequest& request, const Wait& wait) override;
  Result<void> read(const MirrorSpec& mirror, const std::vector<ReadItem>& items,
                    const ContentSink& sink, const Wait& wait) override;

 private:
  struct Turn;   // the mirror's lock, and what is worked with while it is held
  struct Open;   // an offer that waits for its contents
  struct Ahead;  // what look_ahead() has seen
  Result<Turn> take_turn(const MirrorSpec& spec, const Wait& wait);
  Result<std::shared_ptr<const KnownTree>> tree_after(Turn& turn, const Difference& difference);
  Result<Offered> offer(Turn turn, std::shared_ptr<const KnownTree> tree, Present present,
                        const OfferOptions& options, const Wait& wait);
  Result<Applied> carry_out(Turn& turn, Work& work, std::shared_ptr<const KnownTree> tree,
                            ContentSource& contents, const Wait& wait);
  Result<void> try_to_look_ahead(const MirrorSpec& spec, const Digest& from, const Wait& wait);
  Result<Present> present_of(Turn& turn, const Difference& difference, const Tree& wanted,
                             const Wait& wait);
  Result<Offered> look(const Mirror& mirror, const Tree& wanted, const OfferOptions& options,
                       const Wait& wait);
  MirrorPlaces places_;
  std::shared_ptr<MirrorLocks> locks_;
  std::shared_ptr<MemoryCache> memories_;
  std::shared_ptr<Open> open_;
  std::shared_ptr<Ahead> ahead_;
  std::unique_ptr<CopyAhead> copy_;  // what copy_ahead() has begun
};

}  // namespace libre::sync
