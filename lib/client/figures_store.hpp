// The last figures of each machine, so that a question asked a minute ago need not be asked again. Losing
// them costs a question.
#pragma once
#include <filesystem>
#include <optional>

#include <libre/config.hpp>

#include "probe/probe_host.hpp"

namespace libre::client {

struct StoredFigures {
  double taken = 0;           // Unix time of this laptop
  probe::ProbeQuery query{};  // what was asked: figures of another disk are no answer
  MachineFigures figures{};
};

class FiguresStore {
 public:
  // `directory` is made when something is first stored.
  explicit FiguresStore(std::filesystem::path directory) : directory_(std::move(directory)) {}

  // Those that answer `query` and are no older than query.max_age, at the time `now`.
  std::optional<StoredFigures> find(const InstanceConfig& instance, const probe::ProbeQuery& query,
                                    double now) const;
  void remember(const InstanceConfig& instance, const StoredFigures& figures) const;

 private:
  std::filesystem::path directory_;
};

}  // namespace libre::client
