#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include <libre/probe.hpp>

#include "base/text.hpp"
#include "probe/free_gpus.hpp"
#include "probe/places.hpp"

namespace libre {
namespace {

constexpr double overload = 1.0;  // processes that want to run, for each core
constexpr std::uint64_t least_disk = 1'000'000'000;

struct Judged {
  Candidate candidate{};
  bool away = false, overloaded = false, data = false, environment = false, code = false;
  bool only_pieces = false;  // none of its whole GPUs is free
  std::size_t free_gpus = 0;
  double load = 0;  // for each core
  // Smaller is better.
  auto key() const {
    return std::tuple(!candidate.fits, away, overloaded, !data, !environment, !code, only_pieces,
                      ~free_gpus, load);
  }
};

void judge_gpus(const MachineReport& machine, const Needs& needs, Judged& judged) {
  const auto& gpus = machine.figures.gpus;
  auto& reasons = judged.candidate.reasons;
  std::string first_obstacle;
  bool whole_one = false;
  for (const Gpu& gpu : gpus) {
    if (probe::is_in_pieces(gpu, gpus)) continue;
    const auto why = needs.gpus > 1 && gpu.mig_instance ? "a process can have but one MIG instance"
                                                        : why_taken(gpu, needs.gpu_memory);
    if (why.empty()) {
      ++judged.free_gpus;
      whole_one |= !gpu.mig_instance;
    } else if (first_obstacle.empty()) {
      first_obstacle = fmt::format("GPU {}: {}", number_of(gpu), why);
    }
  }
  if (needs.gpus == 0) {
    judged.free_gpus = 0;  // of no use to this job, so they must not draw it there
    return;
  }
  // As pick_gpus() does it: who does not say how much memory is served with a whole one.
  judged.only_pieces = needs.gpu_memory == 0 && !whole_one;
  if (gpus.empty()) {
    const auto& problem = machine.figures.gpu_problem;
    reasons.push_back(problem.empty() ? "no GPU" : "no GPU to be seen (" + problem + ")");
  } else {
    const std::string size =
        needs.gpu_memory == 0 ? "" : " with " + human_bytes(needs.gpu_memory) + " free";
    reasons.push_back(fmt::format("{} of {} GPUs free{}{}", judged.free_gpus, count_gpus(gpus),
                                  size,
                                  judged.free_gpus < needs.gpus ? "; " + first_obstacle : ""));
  }
  judged.candidate.fits &= judged.free_gpus >= needs.gpus;
}

void judge_disk(const MachineFigures& figures, Judged& judged) {
  if (!figures.disk_free || *figures.disk_free >= least_disk) return;
  judged.candidate.fits = false;
  judged.candidate.reasons.push_back("its disk is full: " + human_bytes(*figures.disk_free) +
                                     " free");
}

void judge_load(const MachineFigures& figures, Judged& judged) {
  if (!figures.load_1 || figures.cores == 0) return;
  judged.load = *figures.load_1 / figures.cores;
  judged.overloaded = judged.load >= overload;
  judged.candidate.reasons.push_back(fmt::format("load {:.1f} on {} cores{}", *figures.load_1,
                                                 figures.cores,
                                                 judged.overloaded ? ", which is too much" : ""));
}

void judge_places(const MachineFigures& figures, Judged& judged) {
  const auto has = [&](std::string_view place) {
    return std::find(figures.found.begin(), figures.found.end(), place) != figures.found.end();
  };
  judged.data = has(probe::data_place);
  judged.environment = figures.environment;
  judged.code = has(probe::code_place);
  std::vector<std::string> there;
  if (judged.data) there.push_back("its data");
  if (judged.environment) there.push_back("its environment");
  if (judged.code) there.push_back("its code");
  if (!there.empty())
    judged.candidate.reasons.push_back(
        join(there, ", ") + (there.size() == 1 && judged.code ? " is there" : " are there"));
}

Judged judge(const MachineReport& machine, const Needs& needs) {
  Judged judged;
  judged.candidate.name = machine.name;
  judged.away = !machine.is_active();
  if (judged.away) {
    judged.candidate.reasons.push_back(
        machine.problem ? status_of(machine) + ": " + machine.problem->message : "no answer yet");
    return judged;
  }
  judged.candidate.fits = true;
  judge_gpus(machine, needs, judged);
  judge_disk(machine.figures, judged);
  judge_places(machine.figures, judged);
  judge_load(machine.figures, judged);
  return judged;
}

bool matches(const std::string& name, const Needs& needs) {
  return needs.name_patterns.empty() ||
         std::any_of(needs.name_patterns.begin(), needs.name_patterns.end(),
                     [&](const std::string& pattern) { return glob_match(pattern, name); });
}

}  // namespace

std::vector<Candidate> choose(const std::vector<MachineReport>& machines, const Needs& needs) {
  std::vector<Judged> judged;
  for (const auto& machine : machines)
    if (matches(machine.name, needs)) judged.push_back(judge(machine, needs));
  std::stable_sort(judged.begin(), judged.end(),
                   [](const Judged& a, const Judged& b) { return a.key() < b.key(); });
  std::vector<Candidate> order;
  for (auto& one : judged) order.push_back(std::move(one.candidate));
  return order;
}

std::vector<InstanceConfig> matching(const std::vector<InstanceConfig>& machines,
                                     const Needs& needs) {
  std::vector<InstanceConfig> chosen;
  for (const auto& machine : machines)
    if (matches(machine.name, needs)) chosen.push_back(machine);
  return chosen;
}

std::string status_of(const MachineReport& report) {
  if (!report.asked) return "asking";
  if (!report.problem) return "active";
  switch (report.problem->code) {
    case Errc::dns:
      return "unknown host";
    case Errc::refused:
      return "refused";
    case Errc::unreachable:
      return "unreachable";
    case Errc::timed_out:
      return "no answer";
    case Errc::host_key:
      return "host key";
    case Errc::auth:
      return "no login";
    case Errc::disconnected:
      return "hung up";
    default:
      return "error";
  }
}

}  // namespace libre
