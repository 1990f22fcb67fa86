// A text that never changes, and that many know: the same path stands in the tree before and after, in the
// manifest, and in what was seen. 8 bytes for each who knows it, nothing for an empty one; copies share the
// characters, in any number of threads.
#pragma once
#include <atomic>
#include <compare>
#include <concepts>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <utility>

namespace libre::sync {

class SharedText {
 public:
  SharedText() = default;
  SharedText(std::string_view text) : block_(make(text)) {}             // NOLINT: it is a text
  SharedText(const std::string& text) : block_(make(text)) {}           // NOLINT
  SharedText(const char* text) : SharedText(std::string_view(text)) {}  // NOLINT
  SharedText(const SharedText& other) noexcept : block_(other.block_) {
    if (block_) block_->users.fetch_add(1, std::memory_order_relaxed);
  }
  SharedText(SharedText&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  SharedText& operator=(SharedText other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~SharedText() {
    if (block_ && block_->users.fetch_sub(1, std::memory_order_acq_rel) == 1)
      ::operator delete(block_);
  }

  std::string_view view() const {
    return block_ ? std::string_view(block_->characters(), block_->size) : std::string_view();
  }
  operator std::string_view() const { return view(); }  // NOLINT: it is a text
  std::string str() const { return std::string(view()); }
  std::size_t size() const { return view().size(); }
  bool empty() const { return !block_; }

  friend bool operator==(const SharedText& a, const SharedText& b) {
    return a.block_ == b.block_ || a.view() == b.view();
  }
  friend auto operator<=>(const SharedText& a, const SharedText& b) {
    return a.view() <=> b.view();
  }
  // With everything that is a text without being a shared one.
  template <class Text>
  requires(std::convertible_to<const Text&, std::string_view> &&
           !std::same_as<Text, SharedText>) friend bool
  operator==(const SharedText& a, const Text& b) {
    return a.view() == std::string_view(b);
  }
  template <class Text>
  requires(std::convertible_to<const Text&, std::string_view> &&
           !std::same_as<Text, SharedText>) friend auto
  operator<=>(const SharedText& a, const Text& b) {
    return a.view() <=> std::string_view(b);
  }

 private:
  struct Block {
    std::atomic<std::uint32_t> users;
    std::uint32_t size;
    char* characters() { return reinterpret_cast<char*>(this + 1); }  // they follow it
  };
  static Block* make(std::string_view text) {
    if (text.empty()) return nullptr;
    auto* block = new (::operator new(sizeof(Block) + text.size()))
        Block{1, static_cast<std::uint32_t>(text.size())};
    text.copy(block->characters(), text.size());
    return block;
  }
  Block* block_ = nullptr;
};

}  // namespace libre::sync
