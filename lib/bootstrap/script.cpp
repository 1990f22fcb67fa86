#include "bootstrap/script.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/text.hpp"

namespace libre::bootstrap {
namespace {

// Variables begin with an underscore, and neither umask nor LC_ALL changes outside of subshells:
// the agent that is started inherits this shell's environment, and jobs inherit the agent's.

bool is_plain(std::string_view word) {
  return std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '.' || c == '_' || c == '/' || c == '-';
  });
}

// `name=…;` for any bytes. The x keeps newlines at the end, which $(…) would drop.
std::string assign(std::string_view name, std::string_view value) {
  if (is_plain(value)) return fmt::format("{}={};", name, value);
  return fmt::format("{0}=$(printf %s {1}|base64 -d;printf x);{0}=${{{0}%x}};", name,
                     base64_encode(value));
}

// say: one marked line, whatever `echo` does here with backslashes.
constexpr std::string_view say = "_say(){ printf %s \"$_m $*\";echo;};";

// The empty line first ends a line that an rc file left open.
constexpr std::string_view begin =
    "echo;_say begin \"$0\" \"$(uname -s)\" \"$(uname -m)\" \"$(id -u)\";";

// A root as the agent understands it: ~ is the home directory, and so is where relative ones start.
constexpr std::string_view expand_root =
    "case $_r in \"\"|/*);;\"~\")_r=$HOME;;\"~/\"*)_r=$HOME/${_r#\"~/\"};;*)_r=$HOME/$_r;;esac;";

constexpr std::string_view candidates_below_root = "set -- \"$_r/agent\";";
constexpr std::string_view candidates_of_user =
    "set --;case $XDG_CACHE_HOME in /*)set -- \"$XDG_CACHE_HOME/re/agent\";;esac;"
    "[ -d \"$HOME\" ]&&set -- \"$@\" \"$HOME/.cache/re/agent\";_u=$(id -u);"
    "set -- \"$@\" \"/var/tmp/re-$_u/agent\" \"/tmp/re-$_u/agent\";";

// In directories where everybody may write, ours must be ours alone: somebody else could have put
// a program there before us.
constexpr std::string_view safe =
    "_safe(){ case $1 in /tmp/re-$_u/agent|/var/tmp/re-$_u/agent)_p=${1%/agent};[ -L \"$_p\" "
    "]&&return 1;"
    "[ -O \"$_p\" ]||return 1;case $(ls -ld \"$_p\") in drwx------*)return 0;;esac;return 1;;"
    "esac;return 0;};";
constexpr std::string_view safe_root = "_safe(){ return 0;};";

// run: whether a file is our agent and this machine executes it (right CPU, not mounted noexec).
constexpr std::string_view run_and_start =
    "_run(){ _e=$(\"$1\" version </dev/null 2>&1);[ \"$_e\" = \"re-agent $_w\" ];};"
    "_start(){ _say use \"$1\";exec \"$1\" start --root \"$_r\" --marker $_m </dev/null;};"
    "_bad(){ rm -f \"$_n\";_say bad \"$_d: $*\";};";

constexpr std::string_view names = "_f=$_d/$_v/re-agent;_n=$_d/$_v/.new-$_m;";

// prepare: a place where a file can be written, has room, and may be executed. A file without a
// first line that names an interpreter is run by the shell itself, but only where exec is allowed.
constexpr std::string_view prepare =
    "_prepare(){ _e=$( (umask 077;LC_ALL=C;export LC_ALL;mkdir -p \"$_d/$_v\") 2>&1)||"
    "{ _bad \"$_e\";return 1;};"
    "_safe \"$_d\"||{ _bad \"the directory is not private to this user\";return 1;};"
    "_e=$( (umask 077;LC_ALL=C;export LC_ALL;echo \"exit 0\" >\"$_n\"&&chmod 700 \"$_n\") 2>&1)||"
    "{ _bad \"$_e\";return 1;};"
    "_e=$( (\"$_n\") 2>&1)||{ _bad \"programs may not run there (mounted noexec?): $_e\";return "
    "1;};"
    "_k=$(LC_ALL=C df -Pk \"$_d\" 2>/dev/null|{ read -r _a;read -r _a _a _a _b _a;echo \"$_b\";});"
    "[ \"$_k\" -lt $((_s/1024+1)) ] 2>/dev/null&&"
    "{ _bad \"No space left on device ($_k KiB are free)\";return 1;};return 0;};";

constexpr std::string_view finish =
    "_finish(){ _e=$(wc -c <\"$_n\");[ \"$_e\" -eq $_s ]||"
    "{ _bad \"only $_e of $_s bytes arrived\";return 1;};"
    "_e=$(LC_ALL=C chmod 700 \"$_n\" 2>&1)||{ _bad \"$_e\";return 1;};"
    "_run \"$_n\"||{ _bad \"the agent does not run there: $_e\";return 1;};"
    "_e=$(LC_ALL=C mv -f \"$_n\" \"$_f\" 2>&1)||{ _bad \"$_e\";return 1;};_start \"$_f\";};";

// receive: head stops reading after the file; where writing fails the rest is read all the same,
// so that the next attempt finds stdin at a line's beginning.
constexpr std::string_view receive =
    "_receive(){ _e=$({ head -c $_s|{ LC_ALL=C cat >\"$_n\";_x=$?;cat >/dev/null;exit $_x;};} "
    "2>&1)||"
    "{ _bad \"$_e\";return 1;};_finish;};";

constexpr std::string_view find_one =
    "for _d do _f=$_d/$_v/re-agent;[ -x \"$_f\" ]&&_safe \"$_d\"&&_run \"$_f\"&&_start "
    "\"$_f\";done;";

constexpr std::string_view install_one =
    "for _d do _f=$_d/$_v/re-agent;_n=$_d/$_v/.new-$_m;_prepare||continue;_say need \"$_d\";_g=;"
    "while read -r _l;do case $_l in \"$_m put\")_g=1;break;;esac;done;"
    "case $_g in 1)_receive;;*)rm -f \"$_n\";;esac;done;_say failed";

std::string terms_text(const ScriptTerms& terms) {
  return fmt::format("_m={};_v={};_w={};_s={};", terms.marker, terms.identity, terms.version,
                     terms.size) +
         assign("_r", terms.root);
}

}  // namespace

std::string start_script(const ScriptTerms& terms) {
  const bool rooted = !terms.root.empty();
  return fmt::format("{}{}{}{}{}{}{}{}{}{}{}{}", terms_text(terms), say, begin, expand_root,
                     rooted ? candidates_below_root : candidates_of_user, rooted ? safe_root : safe,
                     run_and_start, find_one, prepare, finish, receive, install_one);
}

std::string piece_script(const ScriptTerms& terms, std::string_view directory,
                         std::string_view bytes, bool first) {
  return fmt::format(
      "{}{}{}{}{}{}_e=$({{ printf %s {}|LC_ALL=C base64 -d {}\"$_n\";}} 2>&1)&&"
      "_say ok $(wc -c <\"$_n\")||_bad \"$_e\"",
      terms_text(terms), say, begin, assign("_d", directory), names, run_and_start,
      base64_encode(bytes), first ? ">" : ">>");
}

std::string finish_script(const ScriptTerms& terms, std::string_view directory) {
  return fmt::format("{}{}{}{}{}{}{}{}_finish;_say failed", terms_text(terms), say, begin,
                     expand_root, assign("_d", directory), names, run_and_start, finish);
}

std::string connect_script(const ScriptTerms& terms, std::string_view agent, bool wait_for_go) {
  std::string text = terms_text(terms) + std::string(expand_root) + assign("_f", agent);
  constexpr std::string_view connect = "exec \"$_f\" connect --root \"$_r\" --marker $_m";
  if (!wait_for_go) return text + std::string(connect);
  return text + fmt::format("{}{}while read -r _l;do case $_l in \"$_m go\"){};;esac;done", say,
                            begin, connect);
}

std::string command_line(std::string_view script, std::string_view entry) {
  return fmt::format("exec /bin/sh -c '{}' {}", script, entry);
}

bool is_literal_everywhere(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c >= 0x20 && c < 0x7f && c != '\'' && c != '\\' && c != '!';
  });
}

}  // namespace libre::bootstrap
