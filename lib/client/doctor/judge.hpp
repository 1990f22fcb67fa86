// From what is to what it means. Pure.
#pragma once
#include <libre/doctor.hpp>

#include "client/doctor/facts.hpp"

namespace libre::client {

std::vector<Finding> judge(const HereFacts& facts);
std::vector<Finding> judge(const ThereFacts& facts);

}  // namespace libre::client
