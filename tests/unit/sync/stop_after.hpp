// Stops a transfer in its midst: notifies a waker when more than so many bytes have been told of.
#pragma once
#include <cstdint>

#include <libre/observer.hpp>

#include "base/wait.hpp"

namespace workshop {

class StopAfter final : public libre::Observer {
 public:
  StopAfter(libre::Waker& waker, std::uint64_t bytes) : waker_(waker), bytes_(bytes) {}  // borrowed
  void progress(const libre::Progress& progress) override {
    if (progress.done > bytes_) waker_.notify();
  }

 private:
  libre::Waker& waker_;
  std::uint64_t bytes_;
};

}  // namespace workshop
