// What is known of forwards outside of the processes that hold them: a file for each below the runtime
// directory, there for as long as its process lives.
#pragma once
#include <filesystem>
#include <vector>

#include <libre/forward.hpp>

#include "base/process.hpp"

namespace libre::client {

class ForwardRecord {
 public:
  // Writes `info`, with an id that no other has, and with this process as the one who holds it.
  static Result<ForwardRecord> create(ForwardInfo& info);
  ForwardRecord(ForwardRecord&& other) noexcept : file_(std::exchange(other.file_, {})) {}
  ForwardRecord& operator=(ForwardRecord&&) = delete;
  ~ForwardRecord();  // removes it

  void update(const ForwardInfo& info) const;

 private:
  explicit ForwardRecord(std::filesystem::path file) : file_(std::move(file)) {}
  std::filesystem::path file_;
};

// By id. Those whose process has ended without removing theirs are removed.
Result<std::vector<ForwardInfo>> read_forward_records();

ProcessIdentity holder_of(const ForwardInfo& info);

}  // namespace libre::client
