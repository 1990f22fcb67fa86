#include "client/stop.hpp"

#include <cstdio>
#include <cstdlib>

namespace libre {

namespace {

std::unique_ptr<Waker> waker_or_abort() {
  auto waker = Waker::create();
  if (waker) return std::move(*waker);
  // A process without one free descriptor can do nothing that a Stop could end.
  std::fprintf(stderr, "%s\n", waker.error().describe().c_str());
  std::abort();
}

}  // namespace

Stop::Stop() : state_(std::make_unique<State>(waker_or_abort(), waker_or_abort())) {}
Stop::~Stop() = default;

void Stop::request() noexcept { state_->request(); }
void Stop::nudge() noexcept { state_->nudge(); }
void Stop::clear() noexcept { state_->clear(); }
bool Stop::requested() const noexcept { return state_->requested(); }

}  // namespace libre
