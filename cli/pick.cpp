#include "cli/pick.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cli {

using libre::Errc;
using libre::Error;
using libre::InstanceConfig;
using libre::Result;

namespace {

constexpr std::size_t most_reasons = 4;

Error nothing_fits(const std::vector<libre::Candidate>& order) {
  std::string why;
  for (std::size_t i = 0; i < std::min(order.size(), most_reasons); ++i) {
    const auto& reasons = order[i].reasons;
    why += fmt::format("{}{}: {}", i == 0 ? "" : "; ", order[i].name,
                       reasons.empty() ? "does not fit" : reasons.front());
  }
  if (order.size() > most_reasons) why += fmt::format("; and {} more", order.size() - most_reasons);
  return {Errc::busy, "no machine fits this job now", why,
          "re probe --why shows all of them; wait, or ask for less"};
}

}  // namespace

Result<std::vector<InstanceConfig>> all_instances() {
  LIBRE_TRY(libre::Config config, libre::load_config());
  if (!config.instances.empty()) return std::move(config.instances);
  LIBRE_TRY(auto local, libre::find_instance(config, "local"));
  return std::vector{std::move(local)};
}

Result<std::vector<InstanceConfig>> pick(Context& context, const libre::Needs& needs,
                                         const libre::Project* project) {
  LIBRE_TRY(const auto all, all_instances());
  const auto machines = libre::matching(all, needs);
  if (machines.empty())
    return Error{
        Errc::not_found, "--on names no instance that there is", {}, "re probe lists them"};
  auto options = context.probe_options();
  options.project = project;
  LIBRE_TRY(const auto reports, libre::probe_machines(machines, options));
  const auto order = libre::choose(reports, needs);
  std::vector<InstanceConfig> fitting;
  for (const auto& candidate : order) {
    if (!candidate.fits) continue;
    const auto machine = std::find_if(machines.begin(), machines.end(),
                                      [&](const auto& one) { return one.name == candidate.name; });
    fitting.push_back(*machine);
    if (!context.globals.remote_home.empty())
      fitting.back().remote_home = context.globals.remote_home;
  }
  if (fitting.empty()) return nothing_fits(order);
  return fitting;
}

}  // namespace cli
