#include "sync/given_contents.hpp"

namespace libre::sync {

GivenContents::GivenContents(std::string_view stream, std::vector<std::size_t> given,
                             const std::vector<Need>& needs)
    : decoder_(ContentDecoder::Copies::allowed), given_(std::move(given)) {
  decoder_.feed(stream);
  for (const auto& need : needs) needed_.push_back(static_cast<std::size_t>(need.index));
}

Result<ContentPiece> GivenContents::next_piece() {
  ContentPiece piece;
  LIBRE_TRY(const bool whole, decoder_.next(piece));
  if (!whole) return Error{Errc::protocol, "the contents ended too early"};
  if (piece.is_end) ++at_;
  return piece;
}

Result<ContentPiece> GivenContents::next() {
  if (need_ == needed_.size())
    return Error{Errc::internal, "more contents were asked for than are needed"};
  while (at_ < given_.size() && given_[at_] != needed_[need_]) LIBRE_CHECK(next_piece());
  LIBRE_TRY(auto piece, next_piece());
  if (piece.is_end) ++need_;
  return piece;
}

}  // namespace libre::sync
