// How long tests wait for what must happen.
#pragma once
#include "base/wait.hpp"

namespace libre::testing {

inline Wait within(std::chrono::milliseconds span, Waker* waker = nullptr) {
  return {Deadline::after(span), waker};
}
inline Wait soon() { return within(std::chrono::seconds(60)); }  // later is never

}  // namespace libre::testing
