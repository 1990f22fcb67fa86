// What this laptop remembers of each instance's agent between commands, so that the next command
// goes straight to its socket. Losing it costs one bootstrap, never more.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include <libre/config.hpp>

#include "bootstrap/facts.hpp"

namespace libre::client {

// A name for an instance's files: the same for the same account on the same machine.
std::string identity_digest(const InstanceConfig& instance);

class FactsStore {
 public:
  // `directory` is made when something is first stored.
  explicit FactsStore(std::filesystem::path directory) : directory_(std::move(directory)) {}

  std::optional<bootstrap::Facts> find(const InstanceConfig& instance) const;
  void remember(const InstanceConfig& instance, const bootstrap::Facts& facts) const;

 private:
  std::filesystem::path file_of(const InstanceConfig& instance) const;
  std::filesystem::path directory_;
};

}  // namespace libre::client
