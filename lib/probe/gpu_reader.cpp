#include "probe/gpu_reader.hpp"

#include "base/memory_program.hpp"
#include "base/text.hpp"
#include "probe/nvidia.hpp"
#include "probe/nvml.hpp"
#include "probe/rocm.hpp"

namespace libre::probe {
namespace {

using Clock = std::chrono::steady_clock;

// Containers, WSL, NixOS and ROCm, in this order.
constexpr std::string_view more_places =
    ":/usr/local/nvidia/bin:/usr/lib/wsl/lib:/run/current-system/sw/bin:/opt/rocm/bin";

// Old containers and WSL, for libraries.
constexpr std::string_view more_libraries = "/usr/local/nvidia/lib64:/usr/lib/wsl/lib";
constexpr int no_library = 127;  // so ends the loader what it cannot load

constexpr std::chrono::seconds rest{10};  // for a tool that was late
constexpr std::chrono::minutes nvml_rest{
    5};  // a driver is installed or mended more seldom than asked

std::vector<std::string> with_more_places(std::vector<std::string> environment) {
  bool has_path = false;
  for (auto& entry : environment) {
    if (!entry.starts_with("PATH=")) continue;
    entry += more_places;
    has_path = true;
  }
  if (!has_path)
    environment.push_back("PATH=/usr/local/bin:/usr/bin:/bin" + std::string(more_places));
  environment.push_back("LC_ALL=C");  // decimal points, not commas
  return environment;
}

std::vector<std::string> with_more_libraries(std::vector<std::string> environment) {
  bool has_libraries = false;
  for (auto& entry : environment) {
    if (!entry.starts_with("LD_LIBRARY_PATH=")) continue;
    // An empty directory would be the current one.
    entry += std::string(entry.ends_with('=') ? "" : ":") += more_libraries;
    has_libraries = true;
  }
  if (!has_libraries) environment.push_back("LD_LIBRARY_PATH=" + std::string(more_libraries));
  return environment;
}

// Also where some directory of PATH may not be looked into.
bool is_absent(const Error& error) {
  return error.code == Errc::not_found || error.code == Errc::denied;
}

std::string problem_of(const std::string& tool, const Error& error) {
  if (error.code != Errc::timed_out) return tool + ": " + error.message;
  return tool + " does not answer" + (error.message == "timed out" ? "" : ": " + error.message);
}

}  // namespace

double GpuFigures::age() const {
  return std::chrono::duration<double>(Clock::now() - taken).count();
}

GpuReader::GpuReader(std::vector<std::string> environment, std::string_view nvml_reader)
    : tools_(with_more_places(environment)),
      with_libraries_(with_more_libraries(with_more_places(std::move(environment)))),
      nvml_bytes_(nvml_reader),
      fields_(nvidia_fields()) {}

GpuFigures GpuReader::read(std::chrono::milliseconds max_age, const Wait& wait) {
  const auto oldest = Clock::now() - max_age;
  const std::lock_guard lock(mutex_);
  if (last_ && (last_->taken >= oldest || (last_->late && last_->age() < rest.count())))
    return *last_;
  auto fresh = ask(wait);
  const bool given_up = wait.waker && wait.waker->notified();  // says nothing about the GPUs
  if (!given_up) last_ = fresh;
  return fresh;
}

GpuFigures GpuReader::ask(const Wait& wait) {
  if (auto figures = ask_nvml(wait)) return std::move(*figures);
  return ask_nvidia_smi(wait);
}

// The further places only where the loader found nothing without them, and for this program alone: what is left of
// an old driver there must not get in the way of a good one, nor of nvidia-smi.
Result<ToolAnswer> GpuReader::run_nvml(const Wait& wait) {
  const auto run = [&](const std::vector<std::string>& environment) {
    return std::move(
        tools_.run({{{"nvml-reader"}, path_of_program(nvml_), environment}}, wait).front());
  };
  if (!nvml_elsewhere_) {
    auto answer = run({});
    if (!answer || answer->exit.shell_code() != no_library) return answer;
  }
  auto answer = run(with_libraries_);
  nvml_elsewhere_ = answer && answer->exit.ok();
  return answer;
}

std::optional<GpuFigures> GpuReader::ask_nvml(const Wait& wait) {
  const auto begin = Clock::now();
  if (nvml_bytes_.empty() || begin < nvml_from_) return std::nullopt;
  nvml_from_ = begin + nvml_rest;  // unless it goes well
  if (!nvml_) {
    auto program = program_in_memory("nvml-reader", nvml_bytes_);
    if (!program) return std::nullopt;
    nvml_ = std::move(*program);
  }
  const auto answer = run_nvml(wait);
  GpuFigures figures;
  figures.taken = begin;
  if (answer) {
    MachineFigures machine;
    if (!answer->exit.ok() || !read_nvml(answer->text, machine)) return std::nullopt;
    figures.gpus = std::move(machine.gpus);
    figures.driver = std::move(machine.driver);
    figures.cuda = std::move(machine.cuda);
    figures.problem = std::move(machine.gpu_problem);
  } else {
    figures.late = answer.error().code == Errc::timed_out;
    if (!figures.late && answer.error().code != Errc::interrupted) return std::nullopt;
    figures.problem = problem_of("NVML", answer.error());  // nvidia-smi would hang as well
  }
  nvml_from_ = begin;
  return figures;
}

GpuFigures GpuReader::ask_nvidia_smi(const Wait& wait) {
  const auto begin = Clock::now();
  MachineFigures figures;
  std::string problem;
  bool late = false;
  // Several times only where the driver is too old for one of the fields.
  for (;;) {
    std::vector<ToolCommand> questions = {{nvidia_gpu_query(fields_)}, {nvidia_user_query()}};
    if (cuda_.second.empty()) questions.push_back({nvidia_cuda_query()});
    const auto answers = tools_.run(questions, wait);
    const auto& gpus = answers[0];
    if (!gpus && is_absent(gpus.error())) return ask_rocm(wait);
    if (!gpus) {
      problem = problem_of("nvidia-smi", gpus.error());
      late = gpus.error().code == Errc::timed_out;
      break;
    }
    if (const auto field = unknown_field(gpus->text);
        !field.empty() && std::erase(fields_, field) > 0)
      continue;
    read_nvidia_gpus(gpus->text, fields_, figures);
    if (figures.gpus.empty() && figures.gpu_problem.empty() && !gpus->exit.ok())
      problem = "nvidia-smi ended with code " + std::to_string(gpus->exit.shell_code());
    if (answers[1]) read_nvidia_users(answers[1]->text, figures);
    if (answers.size() > 2 && answers[2])
      cuda_ = {figures.driver, parse_cuda_version(answers[2]->text)};
    break;
  }
  if (cuda_.first != figures.driver) cuda_ = {};  // a new driver: asked next time
  if (problem.empty()) problem = figures.gpu_problem;
  return {std::move(figures.gpus), figures.driver, cuda_.second, std::move(problem), late, begin};
}

GpuFigures GpuReader::ask_rocm(const Wait& wait) {
  GpuFigures figures;
  figures.taken = Clock::now();
  const auto answers =
      tools_.run({{rocm_query()}, {rocm_user_query()}, {rocm_process_query()}}, wait);
  const auto& answer = answers[0];
  if (!answer) {
    if (!is_absent(answer.error())) figures.problem = problem_of("rocm-smi", answer.error());
    figures.late = answer.error().code == Errc::timed_out;
    return figures;
  }
  const auto tables = parse_tables(answer->text);
  if (!tables) {
    figures.problem = "rocm-smi: " + first_words(answer->text);
    return figures;
  }
  MachineFigures machine;
  read_rocm(*tables, machine);
  for (const auto& [question, said] :
       {std::pair(rocm_user_query(), &answers[1]), std::pair(rocm_process_query(), &answers[2])}) {
    if (*said || said->error().code != Errc::timed_out || figures.late) continue;
    figures.problem = problem_of(join(question, " "), said->error());
    figures.late = true;
  }
  // Versions that cannot tell the one or the other say something else, which is no answer.
  const auto processes = answers[2] ? parse_tables(answers[2]->text) : Result<Tables>(Tables{});
  if (answers[1]) read_rocm_users(answers[1]->text, processes.value_or(Tables{}), machine);
  figures.gpus = std::move(machine.gpus);
  figures.driver = machine.driver;
  return figures;
}

}  // namespace libre::probe
