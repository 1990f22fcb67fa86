#include "client/facts_store.hpp"

#include "base/digest.hpp"
#include "base/files.hpp"
#include "base/stream.hpp"

namespace libre::client {

std::string identity_digest(const InstanceConfig& instance) {
  const std::string identity = instance.username + "@" + instance.host + ":" +
                               std::to_string(instance.port) + "\n" + instance.proxy_jump + "\n" +
                               instance.remote_root;
  return digest_of(as_bytes(identity)).hex().substr(0, 16);
}

std::filesystem::path FactsStore::file_of(const InstanceConfig& instance) const {
  return directory_ / (identity_digest(instance) + ".json");
}

std::optional<bootstrap::Facts> FactsStore::find(const InstanceConfig& instance) const {
  const auto text = read_file(file_of(instance));
  if (!text) return std::nullopt;
  auto facts = from_json<bootstrap::Facts>(*text);
  if (!facts) return std::nullopt;
  return std::move(*facts);
}

void FactsStore::remember(const InstanceConfig& instance, const bootstrap::Facts& facts) const {
  const auto text = to_json(facts);
  if (const auto old = read_file(file_of(instance)); old && *old == text) return;
  // A laptop whose disk is full can still run jobs: it only connects more slowly.
  if (make_private_directory(directory_)) (void)write_file_atomic(file_of(instance), text);
}

}  // namespace libre::client
