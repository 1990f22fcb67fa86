// The one place that says which version this is; CMakeLists.txt must say the same (a test compares).
#pragma once
#include <libre/error.hpp>  // before `version`: g++ 12's -Wshadow dislikes Errc::version after it

namespace libre {
inline constexpr const char* version = "0.1.0";
}
