// Changes to the configuration file. They keep comments, order, and all that is not meant, and put the
// new file in the old one's place at once; what could not be read afterwards is refused.
//
// A setting is named "general.instance", or by an instance (its name, host, or number), a dot, and a key
// of it: "gpu1.port".
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <libre/result.hpp>

namespace libre {

struct Setting {
  std::string name{};   // "gpu1.port"
  std::string value{};  // as it stands there; "" for a password, which is not shown
  bool secret = false;
};

// All settings of `text` in its order; with `name` that one alone, or those of one section ("gpu1",
// "general"). Errc::not_found where it is not set, Errc::config where `text` is no configuration;
// `origin` is the file that errors name.
Result<std::vector<Setting>> settings_of(std::string_view text, const std::filesystem::path& origin,
                                         std::string_view name = {});

// `text` with one setting set, changed or added. Errc::not_found for an instance that is not there,
// Errc::usage for a value that no file can hold, Errc::config for one that means nothing.
Result<std::string> with_setting(std::string_view text, const std::filesystem::path& origin,
                                 std::string_view name, const std::string& value);

// `text` without one setting, or ("gpu1") without a whole instance. Comments stay. Errc::not_found where
// it is not there; Errc::config where what is left could not be used.
Result<std::string> without_setting(std::string_view text, const std::filesystem::path& origin,
                                    std::string_view name);

// Reads the configuration file ("" or the sample where there is none: see `missing`), changes its text
// and writes it, while no other `re` does so.
Result<void> change_config(
    const std::function<Result<std::string>(const std::string& text)>& change,
    const std::string& missing = {});

// Opens a copy in $VISUAL, $EDITOR or vi, and puts it in the file's place where it can be used.
// `again` is asked with what is wrong: true opens the editor once more. True where the file was changed.
// Errc::config where it was given up: the error says where the copy lies, so that no work is lost.
// Errc::exists where somebody else has changed the file meanwhile: likewise.
Result<bool> edit_config(const std::function<Result<bool>(const Error& problem)>& again);

}  // namespace libre
