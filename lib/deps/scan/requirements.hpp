// Requirements as text: what pip reads, what a person types, and the file that we write. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <libre/deps.hpp>

namespace libre::deps {

// The name in front of a requirement: "torch" of "torch[cuda] >= 2; python_version < '3.12'".
std::string requirement_name(std::string_view requirement);

// What stands in the first line of a requirements.txt of ours.
bool is_generated(std::string_view requirements_txt);

// The text of such a file; packages of which nothing is sure stand apart.
std::string generated_requirements(const ScanReport& scan);

// The names that a requirements file asks for, normalized; options and included files are passed over.
std::vector<std::string> required_names(std::string_view requirements_txt);

// Requirements as typed behind `re install`: each word is one, byte for byte; one word alone may name several.
// Errc::usage for options, paths, and addresses with a password.
Result<std::vector<std::string>> typed_requirements(const std::vector<std::string>& words);

}  // namespace libre::deps
