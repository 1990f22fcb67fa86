// What happens to a large file between two syncs.
#pragma once
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace libre::bench {

struct Change {
  std::string name;
  std::function<void(std::string&, std::mt19937_64&)> apply;
};

std::vector<Change> changes();

std::string noise(std::size_t size, std::mt19937_64& random);  // nothing in it repeats

}  // namespace libre::bench
