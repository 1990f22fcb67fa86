#include "cli/completion/scripts.hpp"

namespace cli {
namespace {

// bash cuts words at "=" (COMP_WORDBREAKS); complete() puts them together again.
constexpr std::string_view bash = R"SCRIPT(# bash completion for re; written by: re completion bash
_re() {
  local program=${COMP_WORDS[0]/#\~/$HOME} current=${COMP_WORDS[COMP_CWORD]//\\/} line text
  local -a before=("${COMP_WORDS[@]:1:COMP_CWORD-1}")
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files)
        compopt -o filenames 2>/dev/null
        while IFS= read -r text; do COMPREPLY+=("$text"); done < <(compgen -f -- "$current") ;;
      :directories)
        compopt -o filenames 2>/dev/null
        while IFS= read -r text; do COMPREPLY+=("$text"); done < <(compgen -d -- "$current") ;;
      *)
        text=${line%%$'\t'*}
        case $text in */) compopt -o nospace 2>/dev/null ;; esac
        printf -v text %q "$text"
        COMPREPLY+=("$text") ;;
    esac
  done < <("$program" __complete -- "${before[@]}" "$current" 2>/dev/null </dev/null)
}
complete -F _re re
)SCRIPT";

constexpr std::string_view zsh = R"SCRIPT(#compdef re
# zsh completion for re; written by: re completion zsh
_re() {
  local program=${${(Q)words[1]}/#\~/$HOME} line text
  local -a before=("${(@Q)words[2,CURRENT-1]}") lines values shown paths
  lines=("${(@f)$("$program" __complete -- "${(@)before}" "${(Q)PREFIX}" 2>/dev/null </dev/null)}")
  for line in "${(@)lines}"; do
    case $line in
      ('') ;;
      (:files) _files ;;
      (:directories) _files -/ ;;
      (*)
        text=${line%%$'\t'*}
        if [[ $text == */ ]]; then paths+=("$text"); continue; fi
        values+=("$text")
        if [[ $line == *$'\t'* ]]; then shown+=("$text  -- ${line#*$'\t'}"); else shown+=("$text"); fi ;;
    esac
  done
  if (( ${#paths} )); then compadd -S '' -- "${(@)paths}"; fi
  if (( ${#values} )); then compadd -l -d shown -- "${(@)values}"; fi
}
if [[ ${funcstack[1]} == _re ]]; then _re "$@"; else compdef _re re; fi
)SCRIPT";

constexpr std::string_view fish = R"SCRIPT(# fish completion for re; written by: re completion fish
function __re_complete
  set -l before (commandline -opc)
  set -l current (commandline -ct)
  set -l program (string replace -r '^~' -- $HOME $before[1])
  for line in ($program __complete -- $before[2..-1] "$current" 2>/dev/null </dev/null)
    switch $line
      case ':files'
        __fish_complete_path "$current"
      case ':directories'
        __fish_complete_directories "$current"
      case '*'
        echo $line
    end
  end
end
complete -c re -f -a '(__re_complete)'
)SCRIPT";

}  // namespace

std::string_view completion_script(std::string_view shell) {
  if (shell == "bash") return bash;
  if (shell == "zsh") return zsh;
  if (shell == "fish") return fish;
  return {};
}

}  // namespace cli
