#include "bootstrap/bundle.hpp"

#include <unistd.h>

#include <libre/version.hpp>

#include "base/digest.hpp"
#include "base/files.hpp"
#include "base/stream.hpp"
#include "base/text.hpp"
#include "bootstrap/platform.hpp"

namespace libre::bootstrap {

std::vector<std::filesystem::path> agent_directories(const Environment& env) {
  std::vector<std::filesystem::path> directories;
  if (const auto chosen = env("LIBRE_AGENT_DIR")) directories.emplace_back(*chosen);
  if (const auto own = own_executable())
    directories.push_back((own->parent_path() / "../libexec/libre").lexically_normal());
  // A program of somebody else that links libre does not stand beside our agent.
  directories.emplace_back(LIBRE_BUILD_AGENT_DIR);
  directories.emplace_back(LIBRE_INSTALL_AGENT_DIR);
  return directories;
}

Result<Bundle> bundle_of(const std::filesystem::path& file, const std::string& platform,
                         const std::string& version) {
  LIBRE_TRY(const auto content, read_file(file));
  return Bundle{file, platform, version,
                version + "-" + digest_of(as_bytes(content)).hex().substr(0, 12), content.size()};
}

Result<Bundle> find_bundle(const std::string& platform, const Environment& env) {
  std::vector<std::string> names = {"re-agent-" + platform};
  if (platform == own_platform()) names.emplace_back("re-agent");
  std::vector<std::string> looked;
  for (const auto& directory : agent_directories(env)) {
    for (const auto& name : names)
      if (::access((directory / name).c_str(), R_OK) == 0)
        return bundle_of(directory / name, platform, version);
    looked.push_back(directory.string());
  }
  return Error{Errc::not_found, "cannot find the agent for " + platform,
               "there is no " + names.front() + " in " + join(looked, ", "),
               "set LIBRE_AGENT_DIR to the directory that holds it, or install again"};
}

}  // namespace libre::bootstrap
