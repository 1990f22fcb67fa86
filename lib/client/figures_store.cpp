#include "client/figures_store.hpp"

#include "base/files.hpp"
#include "base/json.hpp"
#include "client/facts_store.hpp"

namespace libre::client {

std::optional<StoredFigures> FiguresStore::find(const InstanceConfig& instance,
                                                const probe::ProbeQuery& query, double now) const {
  const auto text = read_file(directory_ / (identity_digest(instance) + ".json"), 1u << 20);
  if (!text) return std::nullopt;
  auto stored = from_json<StoredFigures>(*text);
  if (!stored) return std::nullopt;
  const double age = now - stored->taken;
  const bool fits =
      stored->query.directory == query.directory && stored->query.look_for == query.look_for &&
      stored->query.project_id == query.project_id && age >= 0 && age <= query.max_age;
  if (!fits) return std::nullopt;
  return std::move(*stored);
}

void FiguresStore::remember(const InstanceConfig& instance, const StoredFigures& figures) const {
  // Figures that cannot be kept are asked for again.
  if (make_private_directory(directory_))
    (void)write_file_soon(directory_ / (identity_digest(instance) + ".json"), to_json(figures));
}

}  // namespace libre::client
