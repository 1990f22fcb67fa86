#include "client/stdin_feed.hpp"

#include "base/random.hpp"
#include "jobs/messages.hpp"

namespace libre::client {

StdinFeed::StdinFeed(Link& link, const Options& options)
    : link_(link),
      options_(options),
      writer_(random_id(12)),
      call_(link, std::nullopt),
      claimed_(!options.claim) {}

Result<std::unique_ptr<StdinFeed>> StdinFeed::start(Link& link, const Options& options) {
  std::unique_ptr<StdinFeed> feed(new StdinFeed(link, options));
  LIBRE_TRY(feed->reader_, StdinReader::start(options.fd, link.stop(), options.escape));
  return feed;
}

Result<void> StdinFeed::advance() {
  if (!done_ && call_.under_way()) LIBRE_CHECK(take_answer());
  if (done_ || call_.under_way()) return {};
  if (!claimed_)
    return call_.send("jobs.claim_stdin",
                      {.header = to_json(jobs::ClaimRequest{options_.job, writer_})});
  return send_piece();
}

Result<void> StdinFeed::take_answer() {
  const auto answer = call_.poll();
  if (!answer && may_heal(answer.error().code)) return answer.error();
  if (answer && !*answer) return {};
  if (!answer) {  // refused: the job has closed its input or has ended
    done_ = true;
  } else if (!claimed_) {
    LIBRE_TRY(const auto claim, from_json<jobs::ClaimReply>((*answer)->header));
    offset_ = claim.received;
    claimed_ = true;
  } else {
    done_ = piece_->end;
    offset_ += piece_->bytes.size();
    piece_.reset();
  }
  if (done_) reader_.reset();
  return {};
}

Result<void> StdinFeed::send_piece() {
  if (!piece_) piece_ = reader_->take();
  if (!piece_) return {};
  const jobs::StdinRequest request{options_.job, writer_, offset_, piece_->end};
  return call_.send("jobs.stdin", {.header = to_json(request), .body = piece_->bytes});
}

}  // namespace libre::client
