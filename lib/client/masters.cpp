// Shared connections, seen and ended by hand.
#include <libre/master.hpp>

#include "master/start.hpp"

namespace libre {
namespace {

Result<std::vector<master::Place>> places_of(const InstanceConfig* instance) {
  const auto env = process_environment();
  LIBRE_TRY(const auto home, home_directory(env));
  if (!instance) return master::existing_places(home, env);
  if (instance->local) return std::vector<master::Place>();
  LIBRE_TRY(const auto target, transport::resolve_ssh_target(*instance));
  return std::vector{master::find_place(target, home, env)};
}

Result<std::vector<MasterInfo>> query(const InstanceConfig* instance, bool stop,
                                      std::chrono::milliseconds limit) {
  LIBRE_TRY(const auto places, places_of(instance));
  std::vector<MasterInfo> masters;
  for (const auto& place : places) {
    const auto status = master::query_master(place, stop, {Deadline::after(limit)});
    if (!status) continue;  // its socket is what is left of it
    masters.push_back({status->instance, status->pid, status->since, status->streams, status->idle,
                       status->idle_limit});
  }
  return masters;
}

}  // namespace

Result<std::vector<MasterInfo>> list_masters(const InstanceConfig* instance,
                                             std::chrono::milliseconds limit) {
  return query(instance, false, limit);
}

Result<std::vector<MasterInfo>> stop_masters(const InstanceConfig* instance,
                                             std::chrono::milliseconds limit) {
  return query(instance, true, limit);
}

}  // namespace libre
