// The shell text that runs on instances. Pure functions of values.
//
// A script goes out inside `exec /bin/sh -c '<script>' <entry>`, one line that bash, zsh, fish,
// tcsh, dash and busybox sh read alike, because a script holds nothing that any of them interprets
// between single quotes: no single quote, backslash, exclamation mark or newline. /bin/sh then sees
// exactly these bytes. Values that are not plain words travel as base64.
//
// What a script says stands on lines that begin with the marker (framing.hpp):
//   M begin ENTRY SYSTEM MACHINE UID   always the first one
//   M use PATH                         the agent at PATH is started next; the agent's own lines follow
//   M need DIRECTORY                   no agent works here; send the file, to be put below DIRECTORY
//   M bad REASON                       a directory cannot be used, and why
//   M failed                           none can
//   M ok SIZE                          (piece) that many bytes have arrived
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace libre::bootstrap {

// What all scripts of one bootstrap agree on.
struct ScriptTerms {
  std::string marker;      // [a-z0-9]+, random
  std::string identity;    // the agent's directory: "0.1.0-0123456789ab"
  std::string version;     // `re-agent version` must say "re-agent <version>"
  std::uint64_t size = 0;  // of the agent's file
  std::string root{};      // remote_root; "" = the cache directories
};

// Which copy of a command line is running: the one given as the login shell's command, or the one
// that waited on stdin because an rc file put another shell into the login shell's place.
inline constexpr const char* entry_login = "login";
inline constexpr const char* entry_stdin = "stdin";

// Starts the agent that is there, or else asks for it: after `need` it waits on stdin for a line
// "M put" and then takes `size` bytes. Lines before that one are dropped. Where stdin ends instead,
// it goes on to the next directory, so that all usable ones are named.
std::string start_script(const ScriptTerms& terms);

// For shells that read all of stdin before they run anything: the file goes in pieces, each an
// argument. `directory` is what `need` said; the first piece starts the file anew.
std::string piece_script(const ScriptTerms& terms, std::string_view directory,
                         std::string_view bytes, bool first);
// Checks the pieces' file, puts it in its place and starts the agent.
std::string finish_script(const ScriptTerms& terms, std::string_view directory);

// Becomes `agent connect`, whose stdin and stdout are the byte stream after a line "M stream".
// `wait_for_go`: the command line itself may stand on stdin, so drop everything up to "M go".
std::string connect_script(const ScriptTerms& terms, std::string_view agent, bool wait_for_go);

// The line for the login shell. `script` must be is_literal_everywhere.
std::string command_line(std::string_view script, std::string_view entry);

// Whether text means itself between single quotes in every shell that we know.
bool is_literal_everywhere(std::string_view text);

}  // namespace libre::bootstrap
