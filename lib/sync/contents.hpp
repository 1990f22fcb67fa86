// The contents of local files that an offer asked for.
#pragma once
#include <optional>

#include <libre/observer.hpp>

#include "sync/deltas.hpp"
#include "sync/endpoint.hpp"
#include "sync/local_files.hpp"
#include "sync/outgoing.hpp"

namespace libre::sync {

std::uint64_t bytes_of(const Tree& tree, const std::vector<Need>& needs);

// What the end of a file says: the tree's digest, which the receiver compares with what it got; or that
// of the bytes that were read, where somebody here wants to know before it is sent.
enum class Digests : bool { expected, read };

// Reads each needed file once, and tells the observer how far it is.
class LocalContents final : public ContentSource {
 public:
  // The tree, the deltas and the observer are borrowed. Without `deltas` contents go whole, whatever they could be
  // made of over there.
  LocalContents(LocalFiles files, const Tree& tree, std::vector<Need> needs, Digests digests,
                Deltas* deltas, Observer& observer);
  Result<ContentPiece> next() override;
  std::uint64_t bytes() const { return bytes_; }  // that travelled; not those that are copied there

  // All of them as one content stream. Empty where a file is not as the tree says any more.
  Result<std::optional<std::string>> collect();

 private:
  Result<void> open_next();
  bool is_over() const { return at_ == needs_.size() && !file_; }
  LocalFiles files_;
  const Tree& tree_;
  std::vector<Need> needs_;  // none when the last one has begun: the answer needs the memory
  Digests digests_;
  Deltas* deltas_;
  std::uint64_t bytes_ = 0;
  Observer& observer_;
  std::size_t at_ = 0;
  const Entry* entry_ = nullptr;  // of the last file that was begun
  std::optional<Outgoing> file_;
  Progress progress_;
};

}  // namespace libre::sync
