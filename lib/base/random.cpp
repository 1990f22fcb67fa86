#include "base/random.hpp"

#include <random>

namespace libre {

std::string random_id(std::size_t length) {
  constexpr char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::random_device device;  // libstdc++: rdrand or getentropy, never a fixed seed
  std::uniform_int_distribution<int> digit(0, 35);
  std::string id(length, '0');
  for (char& c : id) c = digits[digit(device)];
  return id;
}

}  // namespace libre
