// The one place that says which version this is; CMakeLists.txt must say the same (a test compares).
#pragma once
namespace libre {
inline constexpr const char* version = "0.1.0";
}
