#include "bench/support/timing.hpp"

#include <algorithm>
#include <chrono>

namespace libre::bench {

Timing::Timing(std::vector<double> samples) : samples_(std::move(samples)) {
  std::sort(samples_.begin(), samples_.end());
}

double Timing::median() const {
  const std::size_t middle = samples_.size() / 2;
  return samples_.size() % 2 ? samples_[middle] : (samples_[middle - 1] + samples_[middle]) / 2;
}

double timed(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
      .count();
}

std::vector<Timing> compare(const std::vector<Contender>& contenders, int rounds) {
  std::vector<std::vector<double>> samples(contenders.size());
  for (int round = 0; round < rounds; ++round)
    for (std::size_t i = 0; i < contenders.size(); ++i) {
      contenders[i].before();
      samples[i].push_back(timed(contenders[i].work));
    }
  return {samples.begin(), samples.end()};
}

}  // namespace libre::bench
