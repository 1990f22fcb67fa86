// ~/.ssh/config of any content, including one that includes itself.
#include "fuzz.hpp"
#include "transport/ssh/config.hpp"

using namespace libre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const transport::SshConfigText file{"config", std::string(text_of(data, size))};
  int left = 3;  // a file system does not end either; the reader must bear it
  const transport::IncludeFiles include = [&](const std::string&) {
    return left-- > 0 ? std::vector{file} : std::vector<transport::SshConfigText>{};
  };
  transport::SshSettings settings;
  (void)transport::apply_ssh_config(file, {"gpu1", "user", "me"}, include, settings);
  if (settings.port) must(*settings.port > 0 && *settings.port < 65536, "a port is a port");
  left = 3;
  for (const auto& alias : transport::ssh_host_aliases(file, include))
    must(alias.find_first_of("*?!") == std::string::npos, "an alias is no pattern");
  return 0;
}
