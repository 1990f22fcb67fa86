// Small exact operations on text. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace libre {

std::vector<std::string> split(std::string_view text, char separator);  // keeps empty pieces
std::vector<std::string> split_lines(std::string_view text);            // "\n" and "\r\n"; no empty last one
std::string join(const std::vector<std::string>& pieces, std::string_view separator);
std::string_view trim(std::string_view text);  // ASCII white space, both ends
std::string to_lower(std::string_view text);   // ASCII

bool is_utf8(std::string_view bytes);
// For showing on a terminal: control bytes and invalid UTF-8 become \xNN, so no text of the other
// side can move the cursor.
std::string printable(std::string_view bytes);

// The only way that text becomes part of a POSIX shell command line. Any bytes but NUL come out
// of `sh -c` as one word, unchanged.
std::string shell_quote(std::string_view word);
std::string shell_quote(const std::vector<std::string>& words);  // joined with spaces

// Shell wildcard match (*, ?, [a-z], \x) over a whole name; '*' does not match '/'.
bool glob_match(std::string_view pattern, std::string_view name);

// The candidate nearest to `word` by edit distance, or "" where none is near (more than a third differs).
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

std::string base64_encode(std::string_view bytes);
// false where `text` is not base64
bool base64_decode(std::string_view text, std::string& bytes);

std::string human_bytes(std::uint64_t bytes);   // "0 B", "1.5 kB", "12 MB": powers of 1000
std::string human_seconds(double seconds);      // "0.4s", "59s", "3m 20s", "2h 05m", "3d 4h"

}  // namespace libre
