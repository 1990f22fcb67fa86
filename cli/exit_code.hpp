// What `re` ends with. A job's own code is passed on by `sync` and `log --follow`.
#pragma once
#include <libre/error.hpp>

namespace cli {

// 2 usage or configuration, 124 timed out, 130 interrupted, 255 the instance was not reached,
// 1 everything else.
int exit_code(const libre::Error& error);

}  // namespace cli
