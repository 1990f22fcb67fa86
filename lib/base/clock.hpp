// Wall-clock time as it is written to disk and shown.
#pragma once
#include <cstdint>
#include <string>

#include <libre/text.hpp>  // local_time

namespace libre {

// Seconds since 1970 with fraction, UTC.
using UnixTime = double;

UnixTime now();
std::string iso8601(UnixTime time);  // "2026-11-21T03:00:00.123Z"

}  // namespace libre
