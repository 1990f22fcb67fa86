#include "client/stop.hpp"

#include <cstdio>
#include <cstdlib>

namespace libre {

Stop::Stop() {
  auto waker = Waker::create();
  if (!waker) {  // a process without one free descriptor can do nothing that a Stop could end
    std::fprintf(stderr, "%s\n", waker.error().describe().c_str());
    std::abort();
  }
  state_ = std::make_unique<State>(std::move(*waker));
}
Stop::~Stop() = default;

void Stop::request() noexcept { state_->request(); }
void Stop::clear() noexcept { state_->clear(); }
bool Stop::requested() const noexcept { return state_->requested(); }

}  // namespace libre
