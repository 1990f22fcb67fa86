// Measuring: the same work several times, in milliseconds of wall time.
#pragma once
#include <functional>
#include <vector>

namespace libre::bench {

class Timing {
 public:
  explicit Timing(std::vector<double> samples);  // milliseconds; at least one
  double median() const;
  double best() const { return samples_.front(); }
  double worst() const { return samples_.back(); }

 private:
  std::vector<double> samples_;  // ascending
};

// One run of `work`, in milliseconds. `work` throws where it failed: a failed run is no measurement.
double timed(const std::function<void()>& work);

// Several contenders, one round after the other, so that noise of the machine hits all of them.
// `before` is called before each run and not measured.
struct Contender {
  std::function<void()> work;
  std::function<void()> before = [] {};
};
std::vector<Timing> compare(const std::vector<Contender>& contenders, int rounds);

}  // namespace libre::bench
