// What a configuration file may say, and how a line of it is judged. Pure.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <libre/config.hpp>

#include "base/ini.hpp"

namespace libre::client {

// Where a section begins.
struct SectionLine {
  std::string name;
  int line = 0;
};
std::vector<SectionLine> section_lines(std::string_view text);

// The N of "instance N"; -1 where `section` is no such name.
int instance_index(std::string_view section);

// Errc::config with "file:line: sentence".
Error config_error(const std::filesystem::path& file, int line, std::string sentence,
                   std::string hint);

// The error for `word`, which is none of `known`: names the nearest, else all.
Error unknown_word(const std::filesystem::path& file, int line, const std::string& kind,
                   const std::string& word, const std::vector<std::string>& known);

// Puts the value of one line into `instance`, or says what is wrong with it.
Result<void> set_instance_key(InstanceConfig& instance, const IniEntry& entry,
                              const std::filesystem::path& file);

// Values in quotes are a mistake: INI has none, and the quotes would become part of the value.
Result<void> refuse_quotes(const IniEntry& entry, const std::filesystem::path& file);

// An address with a name or a password in it would end up in logs and state files.
Result<void> refuse_password_in_address(const IniEntry& entry, const std::filesystem::path& file);

// A value that the parser would read back differently cannot be stored: Errc::usage.
Result<void> check_storable(const std::string& key, const std::string& value);

// Parses all of `text` as a number in [low, high]; -1 where it is none.
int whole_number(std::string_view text, int low, int high);

}  // namespace libre::client
