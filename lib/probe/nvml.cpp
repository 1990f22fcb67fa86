#include "probe/nvml.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "probe/limits.hpp"
#include "probe/number.hpp"

namespace libre::probe {
namespace {

constexpr std::size_t longest_text = 200;

std::string_view next_word(std::string_view& line) {
  const auto end = line.find(' ');
  const auto word = line.substr(0, end);
  line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
  return word;
}

// Indexes and pids.
std::optional<std::int64_t> small_number(std::string_view word) {
  const auto value = whole(word);
  if (!value || *value > 0x7FFFFFFF) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

std::string text_of(std::string_view words) {
  return printable(trim(words).substr(0, longest_text));
}

std::string version_of(std::uint64_t cuda) {
  return fmt::format("{}.{}", cuda / 1000, cuda % 1000 / 10);
}

class Reader {
 public:
  explicit Reader(MachineFigures& figures) : figures_(figures) {}

  void line(std::string_view line) {
    const auto key = next_word(line);
    if (key == "driver") figures_.driver = text_of(line);
    if (key == "cuda")
      if (const auto version = whole(line)) figures_.cuda = version_of(*version);
    if (key == "gpu") begin_gpu(small_number(line));
    if (key == "instance") begin_instance(small_number(line));
    if (key == "error") complaint(line);
    if (key == "end") ended_ = true;
    if (gpu_) value(*gpu_, key, line);
  }

  bool ended() const { return ended_; }

 private:
  void begin(Gpu gpu) {
    gpu_ = nullptr;
    if (figures_.gpus.size() < most_gpus) gpu_ = &figures_.gpus.emplace_back(std::move(gpu));
  }

  void begin_gpu(const std::optional<std::int64_t>& index) {
    gpu_ = nullptr;
    if (!index) return;
    Gpu gpu;
    gpu.index = *index;
    gpu.vendor = "nvidia";
    begin(std::move(gpu));
  }

  void begin_instance(const std::optional<std::int64_t>& number) {
    if (!gpu_ || !number) return;
    Gpu instance;
    instance.index = gpu_->index;
    instance.mig_instance = *number;
    instance.vendor = gpu_->vendor;
    begin(std::move(instance));
  }

  static void value(Gpu& gpu, std::string_view key, std::string_view words) {
    if (key == "uuid") gpu.uuid = text_of(words);
    if (key == "name") gpu.model = text_of(words);
    if (key == "memory") {
      gpu.memory_total = whole(next_word(words));
      gpu.memory_used = whole(next_word(words));
      gpu.memory_free = whole(next_word(words));
    }
    if (key == "utilisation") gpu.utilisation = number(words);
    if (key == "temperature") gpu.temperature = number(words);
    if (key == "milliwatts")
      if (const auto power = number(words)) gpu.power = *power / 1000;
    if (key == "divided") gpu.divided = true;
    if (key == "user") add_user(gpu, words);
  }

  static void add_user(Gpu& gpu, std::string_view words) {
    const auto pid = small_number(next_word(words));
    if (!pid || gpu.users.size() >= most_users) return;
    GpuUser user;
    user.pid = *pid;
    user.memory = whole(next_word(words));
    user.command = text_of(words);
    gpu.users.push_back(std::move(user));
  }

  // One of each GPU: when it is lost, every question fails.
  void complaint(std::string_view words) {
    const std::string gpu = text_of(next_word(words));
    if (gpu == complained_of_ || figures_.gpu_problem.size() > 10 * longest_text) return;
    complained_of_ = gpu;
    const std::string code = text_of(next_word(words)), function = text_of(next_word(words));
    const std::string meaning = text_of(words);
    if (!figures_.gpu_problem.empty()) figures_.gpu_problem += "; ";
    figures_.gpu_problem += fmt::format("{}{} ({} said {})", gpu == "-" ? "" : "GPU " + gpu + ": ",
                                        meaning.empty() ? "no answer" : meaning, function, code);
  }

  MachineFigures& figures_;
  Gpu* gpu_ = nullptr;  // whose values come now
  std::string complained_of_{};
  bool ended_ = false;
};

}  // namespace

Result<void> read_nvml(std::string_view answer, MachineFigures& figures) {
  Reader reader(figures);
  for (const auto& line : split_lines(answer)) reader.line(line);
  if (!reader.ended())
    return Error{Errc::protocol, "NVML's answer has no end", figures.gpu_problem};
  if (figures.gpus.empty()) return Error{Errc::not_found, "NVML shows no GPU", figures.gpu_problem};
  return {};
}

}  // namespace libre::probe
