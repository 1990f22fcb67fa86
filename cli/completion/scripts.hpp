// What a shell reads to complete the words of `re`. All three ask `re __complete`, which knows.
#pragma once
#include <string_view>

namespace cli {

// "bash", "zsh" or "fish"; "" for any other shell.
std::string_view completion_script(std::string_view shell);

}  // namespace cli
