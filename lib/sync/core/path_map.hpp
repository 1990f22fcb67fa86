// A map in the order of its paths, for hundred thousands of them: what the values need and 8 bytes, where a
// std::map spends 50 more on each. Neighbours lie side by side, in pages; what comes in order fills them.
//
// Whatever changes the map invalidates iterators and references.
#pragma once
#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "sync/core/shared_text.hpp"

namespace libre::sync {

template <class Value>
class PathMap {
  using Page = std::vector<std::pair<SharedText, Value>>;  // ascending, never empty
  static constexpr std::size_t page_size = 64;
  static constexpr std::size_t page_step =
      8;  // by which one grows: what it does not need is little

 public:
  using value_type = typename Page::value_type;
  using mapped_type = Value;

  class const_iterator {
   public:
    using value_type = PathMap::value_type;
    using difference_type = std::ptrdiff_t;
    using reference = const value_type&;
    using pointer = const value_type*;
    using iterator_category = std::forward_iterator_tag;

    const_iterator() = default;
    reference operator*() const { return (*pages_)[page_][at_]; }
    pointer operator->() const { return &**this; }
    const_iterator& operator++() {
      if (++at_ == (*pages_)[page_].size()) {
        ++page_;
        at_ = 0;
      }
      return *this;
    }
    const_iterator operator++(int) {
      auto before = *this;
      ++*this;
      return before;
    }
    bool operator==(const const_iterator&) const = default;

   private:
    friend PathMap;
    const_iterator(const std::vector<Page>& pages, std::size_t page, std::size_t at)
        : pages_(&pages), page_(page), at_(at) {}
    const std::vector<Page>* pages_ = nullptr;
    std::size_t page_ = 0, at_ = 0;
  };
  using iterator = const_iterator;

  PathMap() = default;
  PathMap(std::initializer_list<value_type> values) {
    for (const auto& [path, value] : values) put(path, value);
  }

  const_iterator begin() const { return {pages_, 0, 0}; }
  const_iterator end() const { return {pages_, pages_.size(), 0}; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // The first one that is not before `path`.
  const_iterator lower_bound(std::string_view path) const {
    if (empty() || pages_.back().back().first < path) return end();  // most come in order
    const auto page = std::lower_bound(
        pages_.begin(), pages_.end(), path,
        [](const Page& one, std::string_view key) { return one.back().first < key; });
    return {pages_, index(page - pages_.begin()), place_in(*page, path)};
  }
  const_iterator find(std::string_view path) const {
    const auto found = lower_bound(path);
    return found != end() && found->first == path ? found : end();
  }
  bool contains(std::string_view path) const { return find(path) != end(); }

  // In place of what is there.
  void put(const SharedText& path, Value value) {
    auto place = lower_bound(path);
    if (place != end() && place->first == path) {
      pages_[place.page_][place.at_].second = std::move(value);
      return;
    }
    place = make_room(place);
    auto& page = pages_[place.page_];
    if (page.size() == page.capacity()) page.reserve(std::min(page.size() + page_step, page_size));
    page.emplace(page.begin() + static_cast<std::ptrdiff_t>(place.at_), path, std::move(value));
    ++size_;
  }

  void erase(const_iterator place) {
    auto& page = pages_[place.page_];
    page.erase(page.begin() + static_cast<std::ptrdiff_t>(place.at_));
    if (page.empty()) pages_.erase(page_at(place.page_));
    --size_;
  }
  void erase(std::string_view path) {
    if (const auto place = find(path); place != end()) erase(place);
  }
  void clear() { *this = PathMap(); }

  friend bool operator==(const PathMap& a, const PathMap& b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin());
  }

 private:
  static std::size_t index(std::ptrdiff_t distance) { return static_cast<std::size_t>(distance); }
  static std::size_t place_in(const Page& page, std::string_view path) {
    const auto place = std::lower_bound(
        page.begin(), page.end(), path,
        [](const value_type& one, std::string_view key) { return one.first < key; });
    return index(place - page.begin());
  }

  // Where a page has room for what belongs before `place`. A run of paths in order fills its pages, also in
  // the midst of others: what comes next belongs to the end of the page before.
  const_iterator make_room(const_iterator place) {
    const auto has_room = [this](std::size_t page) {
      return page < pages_.size() && pages_[page].size() < page_size;
    };
    if (place.at_ > 0) {
      if (!has_room(place.page_)) cut(place);
      return place;
    }
    if (place.page_ > 0 && has_room(place.page_ - 1))
      return {pages_, place.page_ - 1, pages_[place.page_ - 1].size()};
    if (!has_room(place.page_)) pages_.emplace(page_at(place.page_));
    return place;
  }
  // What lies from `place` on gets a page of its own.
  void cut(const_iterator place) {
    auto& page = pages_[place.page_];
    const auto from = page.begin() + static_cast<std::ptrdiff_t>(place.at_);
    Page rest{std::move_iterator(from), std::move_iterator(page.end())};
    page.erase(from, page.end());
    page.shrink_to_fit();
    pages_.insert(page_at(place.page_ + 1), std::move(rest));
  }
  auto page_at(std::size_t page) { return pages_.begin() + static_cast<std::ptrdiff_t>(page); }

  std::vector<Page> pages_;
  std::size_t size_ = 0;
};

}  // namespace libre::sync
