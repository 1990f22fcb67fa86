// Bytes on their way through the master: what was read from one side and not yet taken by the other.
// Bytes that wait are moved only where there is no other room for those that come.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace libre::master {

class Backlog {
 public:
  std::size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }
  std::string_view bytes() const { return {bytes_.get() + begin_, size()}; }  // the oldest first

  // Room for `size` bytes behind them: fill it, and say with filled() how much of it counts.
  std::span<char> room(std::size_t size);
  void filled(std::size_t size) { end_ += size; }
  void add(std::string_view bytes);

  void drop(
      std::size_t size);  // the oldest ones; with the last one the memory goes, too, if it is much

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0, begin_ = 0, end_ = 0;
};

}  // namespace libre::master
