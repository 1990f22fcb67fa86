// The agent's file as this client brings it along.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/paths.hpp"

namespace libre::bootstrap {

struct Bundle {
  std::filesystem::path path;
  std::string platform;  // "linux-x86_64"
  std::string version;   // what `re-agent version` answers after its name
  std::string identity;  // "<version>-<12 hex digits of its content's digest>"
  std::uint64_t size = 0;
};

// Where to look, best first: $LIBRE_AGENT_DIR; ../libexec/libre beside the running program; the
// build tree; the install prefix.
std::vector<std::filesystem::path> agent_directories(const Environment& env);

// Where nothing is known of a machine yet, it is most likely one of these.
inline constexpr const char* usual_platform = "linux-x86_64";

// Finds re-agent-<platform>, or a plain re-agent where it is for this very platform, and computes
// its identity. Errc::not_found names where it looked.
Result<Bundle> find_bundle(const std::string& platform, const Environment& env);

// The bundle of a given file. `version` is what the file answers, for tests with an agent of their own.
Result<Bundle> bundle_of(const std::filesystem::path& file, const std::string& platform,
                         const std::string& version);

}  // namespace libre::bootstrap
