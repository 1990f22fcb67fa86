#include "master/backlog.hpp"

#include <algorithm>

namespace libre::master {
namespace {

constexpr std::size_t kept = 256 * 1024;  // of memory where nothing waits

}  // namespace

std::span<char> Backlog::room(std::size_t size) {
  if (empty()) begin_ = end_ = 0;
  if (capacity_ - end_ >= size) return {bytes_.get() + end_, size};
  const auto waiting = this->size();
  if (capacity_ - waiting >= size) {
    std::copy(bytes_.get() + begin_, bytes_.get() + end_, bytes_.get());
  } else {
    auto larger = std::make_unique_for_overwrite<char[]>(waiting + size);
    std::copy_n(bytes_.get() + begin_, waiting, larger.get());
    capacity_ = waiting + size;
    bytes_ = std::move(larger);
  }
  begin_ = 0;
  end_ = waiting;
  return {bytes_.get() + end_, size};
}

void Backlog::add(std::string_view bytes) {
  std::ranges::copy(bytes, room(bytes.size()).data());
  filled(bytes.size());
}

void Backlog::drop(std::size_t size) {
  begin_ += size;
  if (empty() && capacity_ > kept) *this = {};
}

}  // namespace libre::master
