// Connections and agents that end at a chosen moment.
#pragma once
#include <sys/types.h>

#include <functional>

#include "base/log.hpp"
#include "rpc/connection.hpp"
#include "sync/endpoint.hpp"
#include "sync/mirror.hpp"

namespace workshop {

class Bench;

// Passes bytes on until `budget` of them have come by in both directions, then ends the connection.
class CutStream final : public libre::Stream {
 public:
  CutStream(std::unique_ptr<libre::Stream> inner, std::uint64_t budget)
      : inner_(std::move(inner)), budget_(budget) {}
  libre::Result<std::size_t> read(std::span<std::byte> buffer, const libre::Wait& wait) override {
    if (budget_ == 0) return cut();
    return count(inner_->read(buffer.first(within_budget(buffer.size())), wait));
  }
  libre::Result<void> write(std::span<const std::byte> bytes, const libre::Wait& wait) override {
    const auto passed = bytes.first(within_budget(bytes.size()));
    if (!passed.empty()) LIBRE_CHECK(inner_->write(passed, wait));
    budget_ -= passed.size();
    if (passed.size() == bytes.size()) return {};
    return cut();
  }
  void end_writing() override { inner_->end_writing(); }
  void close() noexcept override { inner_->close(); }

 private:
  std::size_t within_budget(std::size_t size) const {
    return static_cast<std::size_t>(std::min<std::uint64_t>(size, budget_));
  }
  libre::Result<std::size_t> count(libre::Result<std::size_t> size) {
    if (size) budget_ -= *size;
    return size;
  }
  libre::Error cut() {
    inner_->close();
    return libre::Error{libre::Errc::disconnected, "cut"};
  }
  std::unique_ptr<libre::Stream> inner_;
  std::uint64_t budget_;
};

// Serves `places` on a stream until its end.
void serve_until_the_end(libre::Stream& stream, const libre::sync::MirrorPlaces& places);

using Work = std::function<void(libre::sync::Endpoint&)>;

// Does the work with an agent of its own for the bench's mirror, over a connection that ends after
// `budget` bytes. Where that does not even carry a greeting the work is not done.
void with_cut_connection(Bench& bench, std::uint64_t budget, const Work& work);

// Does the work with an agent in a process of its own, which is killed after `microseconds`, or when the
// work is done.
void with_mortal_agent(Bench& bench, std::uint64_t microseconds, const Work& work);

}  // namespace workshop
