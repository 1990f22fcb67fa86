// Wall-clock time as it is written to disk and shown.
#pragma once
#include <cstdint>
#include <string>

namespace libre {

// Seconds since 1970 with fraction, UTC.
using UnixTime = double;

UnixTime now();
std::string iso8601(UnixTime time);        // "2026-11-21T03:00:00.123Z"
std::string local_time(UnixTime time);     // "2026-11-21 04:00:00" in this machine's zone

}  // namespace libre
