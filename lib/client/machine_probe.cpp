#include "client/machine_probe.hpp"

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/paths.hpp"
#include "client/mirror_place.hpp"
#include "probe/places.hpp"
#include "probe/remote_probe_host.hpp"

namespace libre::client {

probe::ProbeQuery query_for(const InstanceConfig& instance, const Project* project) {
  probe::ProbeQuery query;
  if (!project) {
    query.directory = instance.remote_home;
    return query;
  }
  query.directory = mirror_of(*project, instance).path;
  query.project_id = project->id;
  for (const auto place : {probe::code_place, probe::data_place})
    query.look_for.emplace_back(place);
  return query;
}

MachineProbe::MachineProbe(const InstanceConfig& instance, const ProbeOptions& options)
    : instance_(instance), options_(options), query_(query_for(instance, options.project)) {
  const auto env = process_environment();
  if (const auto home = home_directory(env))
    store_.emplace(state_home(env, *home) / "re" / "figures");
}

MachineReport MachineProbe::ask() {
  MachineReport report;
  report.name = instance_.name;
  report.address = instance_.describe();
  report.asked = true;
  auto asked = query_;
  asked.max_age = options_.max_age;
  if (options_.max_age > 0 && store_)
    if (auto known = store_->find(instance_, asked, now())) {
      report.age = now() - known->taken;
      report.remembered = true;
      report.figures = std::move(known->figures);
      silent_ = false;
      return report;
    }
  const auto begin = std::chrono::steady_clock::now();
  auto figures = question(Deadline::after(options_.timeout));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  report.seconds = took.count();
  if (!figures) {
    silent_ = false;
    link_.reset();  // a question may still be open on it
    report.problem = std::move(figures).error();
    return report;
  }
  report.figures = *std::move(figures);
  report.age = report.figures.age;
  if (store_) store_->remember(instance_, {now() - report.age, query_, report.figures});
  return report;
}

Result<void> MachineProbe::connect() {
  ConnectOptions options;
  options.timeout = options_.timeout;
  options.give_up = std::chrono::milliseconds(0);
  options.observer = &listener_;
  options.stop = &stop_;
  options.trace = options_.trace;
  LIBRE_TRY(link_, Link::open(instance_, options));
  silent_ = false;
  return {};
}

Result<MachineFigures> MachineProbe::question(Deadline deadline) {
  const bool kept = link_ != nullptr;
  if (!kept) LIBRE_CHECK(connect());
  auto connection = link_->shared();
  if (connection) {
    auto query = query_;
    // The agent must be done before we are; half of what is left now leaves room for a slow way back.
    const int left = deadline.poll_timeout();
    query.patience_ms = std::clamp<std::int64_t>(left / 2, 100, query.patience_ms);
    auto figures = probe::RemoteProbeHost(**connection)
                       .figures(query, {deadline, link_->wait(options_.timeout).waker});
    if (figures || figures.error().code != Errc::disconnected) return figures;
    connection = std::move(figures).error();
  }
  // What was open from before may have died unnoticed; one that has just been opened has not.
  if (!kept || connection.error().code != Errc::disconnected) return std::move(connection).error();
  link_.reset();
  return question(deadline);
}

}  // namespace libre::client
