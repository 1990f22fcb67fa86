#include "sync/batch.hpp"

#include <algorithm>

namespace libre::sync {
namespace {

constexpr char plain_mark = 0;
constexpr char mark_of(wire::Encoding encoding) { return static_cast<char>(encoding); }
constexpr std::size_t worth_a_try = 1024;  // less fits into one packet anyway
constexpr std::size_t sample_size = 16 * 1024;
constexpr int sample_level = 3;

}  // namespace

void BatchWriter::begin() {
  if (!finished_) return;
  bytes_.assign(1, plain_mark);
  finished_ = false;
}

void BatchWriter::add(const ContentPiece& piece) {
  begin();
  append_piece(bytes_, piece);
}

void BatchWriter::add(std::string_view stream) {
  begin();
  bytes_ += stream;
}

void BatchWriter::drop() {
  finished_ = true;
  last_sent_.reset();
}

void BatchWriter::sent(std::size_t size, Clock::time_point begin, Clock::time_point end) {
  const auto seconds = [](Clock::duration time) {
    return std::chrono::duration<double>(time).count();
  };
  link_.wrote(size, is_compressed_, seconds(end - begin),
              seconds(begin - last_sent_.value_or(begin)));
  last_sent_ = end;
}

int BatchWriter::level_for(std::string_view bytes) {
  if (!compressor_) return 0;
  const double link = link_.bytes_per_second();
  if (bytes.size() < worth_a_try || bytes.size() > max_compressed_batch || !may_pay(link)) return 0;
  // From the middle: files of some kinds begin with what compresses better than the rest.
  const auto part =
      bytes.substr((bytes.size() - std::min(bytes.size(), sample_size)) / 2, sample_size);
  const auto before = Clock::now();
  const auto result = compressor_->compress(part, sample_level);
  const double seconds = std::chrono::duration<double>(Clock::now() - before).count();
  if (!result) return 0;
  const auto size = static_cast<double>(part.size());
  // A processor that did something else meanwhile does not make compressing slow.
  fastest_ = std::max(fastest_ * 0.95, size / std::max(seconds, 1e-9));
  return compression_level(link, {fastest_, static_cast<double>(result->size()) / size});
}

std::string_view BatchWriter::finish() {
  begin();
  finished_ = true;
  const auto held = std::string_view(bytes_).substr(1);
  const int level = level_for(held);
  auto smaller = level > 0 ? compressor_->compress(held, level) : std::nullopt;
  is_compressed_ = smaller.has_value();
  if (!smaller) return bytes_;
  compressed_.assign(1, mark_of(compressor_->encoding()));
  compressed_ += *smaller;
  return compressed_;
}

Result<void> BatchReader::open(std::string&& batch, ContentDecoder& decoder) {
  if (batch.starts_with(plain_mark)) {
    decoder.feed(std::move(batch), 1);
    return {};
  }
  LIBRE_TRY(const auto bytes, open(batch));
  decoder.feed(bytes);
  return {};
}

Result<std::string_view> BatchReader::open(std::string_view batch) {
  if (batch.empty()) return Error{Errc::protocol, "a batch of contents is empty"};
  const auto rest = batch.substr(1);
  if (batch.front() == plain_mark) return rest;
  if (batch.front() == mark_of(wire::Encoding::zstd)) {
    LIBRE_TRY(bytes_, wire::decompress(rest, max_compressed_batch));
  } else if (batch.front() == mark_of(wire::Encoding::deflate)) {
    LIBRE_TRY(bytes_, wire::inflate(rest, max_compressed_batch));
  } else {
    return Error{Errc::protocol, "a batch of contents is of no known kind"};
  }
  return std::string_view(bytes_);
}

}  // namespace libre::sync
