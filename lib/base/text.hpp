// Small exact operations on text. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <libre/text.hpp>

namespace libre {

std::vector<std::string> split(std::string_view text, char separator);  // keeps empty pieces
std::vector<std::string> split_lines(std::string_view text);  // "\n" and "\r\n"; no empty last one
std::string join(const std::vector<std::string>& pieces, std::string_view separator);
std::string_view trim(std::string_view text);  // ASCII white space, both ends
std::string to_lower(std::string_view text);   // ASCII

bool is_utf8(std::string_view bytes);

// Shell wildcard match (*, ?, [a-z], \x) over a whole name; '*' does not match '/'.
bool glob_match(std::string_view pattern, std::string_view name);

std::string base64_encode(std::string_view bytes);
// false where `text` is not base64
bool base64_decode(std::string_view text, std::string& bytes);

}  // namespace libre
