// A connection that ends at a chosen byte, and an agent of one's own at its other end.
#pragma once
#include "base/log.hpp"
#include "rpc/connection.hpp"
#include "sync/mirror.hpp"

namespace workshop {

// Passes bytes on until `budget` of them have come by in one direction, then ends the connection.
class CutStream final : public libre::Stream {
 public:
  CutStream(std::unique_ptr<libre::Stream> inner, std::uint64_t budget)
      : inner_(std::move(inner)), budget_(budget) {}
  libre::Result<std::size_t> read(std::span<std::byte> buffer, const libre::Wait& wait) override {
    return inner_->read(buffer, wait);
  }
  libre::Result<void> write(std::span<const std::byte> bytes, const libre::Wait& wait) override {
    const auto passed = bytes.first(std::min<std::uint64_t>(bytes.size(), budget_));
    if (!passed.empty()) LIBRE_CHECK(inner_->write(passed, wait));
    budget_ -= passed.size();
    if (passed.size() == bytes.size()) return {};
    inner_->close();
    return libre::Error{libre::Errc::disconnected, "cut"};
  }
  void end_writing() override { inner_->end_writing(); }
  void close() noexcept override { inner_->close(); }

 private:
  std::unique_ptr<libre::Stream> inner_;
  std::uint64_t budget_;
};

// Serves `places` on a stream until its end.
void serve_until_the_end(libre::Stream& stream, const libre::sync::MirrorPlaces& places);

}  // namespace workshop
