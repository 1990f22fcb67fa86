// The settings of sshd that make `re` slower. Pure.
#pragma once
#include <string_view>

#include "machine/facts.hpp"

namespace libre::machine {

// Reads the text of an sshd_config, included files put in where they are named. As in sshd the first
// value of a keyword counts; what stands in Match blocks is for some users only and is passed over.
ServerSettings read_server_settings(std::string_view text);

}  // namespace libre::machine
