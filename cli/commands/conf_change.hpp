// The verbs of re conf: get, set, remove, edit.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "cli/context.hpp"

namespace cli {

libre::Result<int> run_conf_change(Context& context, const std::vector<std::string>& words);

// Writes `text` beside `file` under a name that nothing has yet, and says so: what a backup holds may
// be the only copy of a password.
libre::Result<void> keep_backup(Context& context, const std::filesystem::path& file,
                                const std::string& text);

}  // namespace cli
