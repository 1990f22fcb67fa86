// One line of an OpenSSH configuration file, cut into its words.
#pragma once
#include <libre/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace libre::transport {

struct SshConfigLine {
  std::string keyword{};  // lower case; "" for an empty line or a comment
  std::vector<std::string>
      words{};         // quotes and escapes resolved; ends at an unquoted word-initial '#'
  std::string rest{};  // all after the keyword as it stands, for ProxyCommand
};

// Errc::config where a quote is not closed.
Result<SshConfigLine> parse_ssh_config_line(std::string_view line);

}  // namespace libre::transport
