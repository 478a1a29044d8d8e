import { wordsOf, type Completed } from './words.ts';

/** Words stand between spaces; none of ours has one, or anything that a shell takes for itself. */
export function bash(commands: readonly Completed[]): string {
  const words = wordsOf(commands);
  const groups = [...words].filter(([, following]) => following.length > 0);
  return `# bash completion for latchkey
_latchkey() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" command words=""
  # A colon is a word of its own to bash, as in urn:latchkey:acr:mfa.
  if declare -F _get_comp_words_by_ref >/dev/null; then
    local cword
    _get_comp_words_by_ref -n : -c word -p before -i cword
  fi
  command="\${COMP_WORDS[1]}"
  case "$command" in
    ${groups.map(([group]) => group).join('|')}) command="$command \${COMP_WORDS[2]}" ;;
  esac
  if [[ $COMP_CWORD -eq 1 ]]; then
    words="${[...words.keys(), '--help', '--version'].join(' ')}"
  elif [[ $COMP_CWORD -eq 2 ]]; then
    case "\${COMP_WORDS[1]}" in
${groups.map(([group, following]) => `      ${group}) words="${following.join(' ')}" ;;`).join('\n')}
      completion) [[ $word == -* ]] || words="bash zsh fish" ;;
    esac
  fi
  if [[ -z $words ]]; then
    case "$command $before" in
${commands.flatMap(valuesOf).join('\n')}
      *)
        case "$command" in
${commands.map(({ name, options }) => `          "${name}") words="${options.map(({ flag }) => flag).join(' ')}" ;;`).join('\n')}
        esac ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  if declare -F __ltrim_colon_completions >/dev/null; then __ltrim_colon_completions "$word"; fi
}
complete -o default -F _latchkey latchkey
`;
}

/** What takes a value that is not known here is completed with names of files. */
function valuesOf({ name, options }: Completed): string[] {
  return options
    .filter(({ values }) => values === undefined || values.length > 0)
    .map(({ flag, values = [] }) =>
      values.length > 0
        ? `      "${name} ${flag}") words="${values.join(' ')}" ;;`
        : `      "${name} ${flag}") return ;;`,
    );
}
