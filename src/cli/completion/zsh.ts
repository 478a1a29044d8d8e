import { wordsOf, type Completed } from './words.ts';

export function zsh(commands: readonly Completed[]): string {
  const groups = [...wordsOf(commands)].filter(([, following]) => following.length > 0);
  const first = [...wordsOf(commands).keys()];
  return `#compdef latchkey
_latchkey() {
  local command="\${words[2]}"
  case "$command" in
    ${groups.map(([group]) => group).join('|')}) command="$command \${words[3]}" ;;
  esac
  if (( CURRENT == 2 )); then
    compadd -- ${[...first, '--help', '--version'].join(' ')}
    return
  fi
  if (( CURRENT == 3 )); then
    case "\${words[2]}" in
${groups.map(([group, following]) => `      ${group}) compadd -- ${following.join(' ')}; return ;;`).join('\n')}
      completion) [[ "\${words[CURRENT]}" == -* ]] || { compadd -- bash zsh fish; return } ;;
    esac
  fi
  case "$command \${words[CURRENT-1]}" in
${commands.flatMap(valuesOf).join('\n')}
  esac
  case "$command" in
${commands.map(({ name, options }) => `    "${name}") compadd -- ${options.map(({ flag }) => flag).join(' ')} ;;`).join('\n')}
  esac
}
if [[ "\${funcstack[1]}" == _latchkey ]]; then
  _latchkey "$@"
elif (( $+functions[compdef] )); then
  compdef _latchkey latchkey
fi
`;
}

function valuesOf({ name, options }: Completed): string[] {
  return options
    .filter(({ values }) => values === undefined || values.length > 0)
    .map(({ flag, values = [] }) => {
      const does = values.length > 0 ? `compadd -- ${values.join(' ')}` : '_files';
      return `    "${name} ${flag}") ${does}; return ;;`;
    });
}
