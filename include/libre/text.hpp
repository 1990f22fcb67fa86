// Text as people and shells read it. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace libre {

// For showing on a terminal: control bytes and invalid UTF-8 become \xNN, so no text of the other
// side can move the cursor.
std::string printable(std::string_view bytes);

// The only way that text becomes part of a POSIX shell command line. Any bytes but NUL come out
// of `sh -c` as one word, unchanged.
std::string shell_quote(std::string_view word);
std::string shell_quote(const std::vector<std::string>& words);  // joined with spaces

// The candidate nearest to `word` by edit distance, or "" where none is near (more than a third differs).
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

std::string human_bytes(std::uint64_t bytes);  // "0 B", "1.5 kB", "12 MB": powers of 1000
std::string human_seconds(double seconds);     // "0.4s", "59s", "3m 20s", "2h 05m", "3d 4h"
std::string local_time(double unix_time);      // "2026-11-21 04:00:00" in this machine's zone

}  // namespace libre
