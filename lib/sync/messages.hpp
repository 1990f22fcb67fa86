// What travels between remote_endpoint and serve_endpoint.
//
//   method        JSON arguments   request body      reply: events with
//   sync.find     MirrorSpec       –                 (JSON MirrorInfo in the reply itself)
//   sync.look     MirrorSpec       digest:16         –
//   sync.copy     CopyRequest      –                 –
//   sync.update   UpdateRequest    encode(Difference), a batch          encode(Applied)
//   sync.offer    OfferRequest     encode(Tree)      encode(Offered)
//   sync.changes  MirrorSpec       encode(Difference)                   encode(Offered)
//   sync.blocks   BlocksRequest    –                 encode(BlockList)
//   sync.supply   {}               batches           encode(Applied)
//   sync.list     ListRequest      –                 encode(Listing)
//   sync.read     MirrorSpec       encode(items)     batches
//
// What is encoded may be larger than one frame: it travels in pieces. Batches hold a content stream
// (batch.hpp).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "sync/core/bytes.hpp"
#include "sync/endpoint.hpp"

namespace libre::sync {

struct OfferRequest {
  MirrorSpec mirror{};
  OfferOptions options{};
};

struct BlocksRequest {
  MirrorSpec mirror{};
  std::string path{};
};

struct CopyRequest {
  MirrorSpec mirror{};
  std::string path{};
  std::uint64_t size = 0;  // that the file has here now
};

struct UpdateRequest {
  MirrorSpec mirror{};
  std::uint64_t difference_size = 0;  // bytes of the body; the rest are contents
};

std::string encode(const Offered& offered);
std::string encode(const Applied& applied);
std::string encode(const Listing& listing);
std::string encode(const std::vector<ReadItem>& items);

// Errc::protocol for bytes that make no sense; nothing in them is believed without a check.
Result<Offered> decode_offered(std::string_view bytes, const Tree& wanted);
Result<Applied> decode_applied(std::string_view bytes);
Result<Listing> decode_listing(std::string_view bytes, std::size_t patterns);
Result<std::vector<ReadItem>> decode_items(std::string_view bytes);

// decode_applied() for an answer that comes in pieces: of a first sync it has a note for each file, and is not held as
// a whole beside them. After an error nothing more may be asked.
class AppliedReader {
 public:
  // Room is made at once for as many notes as the answer says, up to `likely`.
  explicit AppliedReader(std::size_t likely = 0) : likely_(likely) {}
  Result<void> add(std::string_view piece);
  Result<Applied> finish();

 private:
  void read_begin(ByteReader& in);
  std::size_t likely_;
  std::string rest_;  // of the pieces: what has not been understood yet
  bool begun_ = false;
  std::uint64_t notes_left_ = 0;
  Applied applied_;
};

}  // namespace libre::sync
