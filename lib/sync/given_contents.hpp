// Contents that came together with the request that needs them. Sans-IO.
#pragma once
#include <vector>

#include "sync/endpoint.hpp"

namespace libre::sync {

// Hands out the files that are needed of those that were given, and skips the others. Both lists are
// ascending, and every need must be among the given ones. Borrows the bytes.
class GivenContents final : public ContentSource {
 public:
  GivenContents(std::string_view stream, std::vector<std::size_t> given,
                const std::vector<Need>& needs);
  Result<ContentPiece> next() override;

 private:
  Result<ContentPiece> next_piece();
  ContentDecoder decoder_;
  std::vector<std::size_t> given_;
  std::vector<std::size_t> needed_;
  std::size_t at_ = 0, need_ = 0;  // in given_, in needed_
};

}  // namespace libre::sync
