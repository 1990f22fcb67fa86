// What `--since` understands.
#pragma once
#include <string>

#include <libre/result.hpp>

namespace cli {

// The Unix time that `text` means at `now`: a span before it ("90s", "10m", "2h", "3d"), or a time of
// this machine's zone ("10:00" of today, "2026-11-21", "2026-11-21T10:00", with seconds, with a space
// for the T, with a Z for UTC). Errc::usage else, and for what is still to come.
libre::Result<double> parse_since(const std::string& text, double now);

}  // namespace cli
