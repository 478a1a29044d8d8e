import { wordsOf, type Completed } from './words.ts';

export function fish(commands: readonly Completed[]): string {
  const groups = [...wordsOf(commands)];
  const lines = groups.flatMap(([first, following]) => [
    line('__fish_use_subcommand', ['-f', '-a', first, '-d', summaryOf(commands, first)]),
    ...following.map((second) => {
      const others = following.join(' ');
      const when = `__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from ${others}`;
      return line(when, ['-f', '-a', second, '-d', summaryOf(commands, `${first} ${second}`)]);
    }),
  ]);
  const shells = line('__fish_seen_subcommand_from completion', ['-f', '-a', 'bash zsh fish']);
  const options = commands.flatMap(({ name, options: all }) =>
    all.map(({ flag, values }) => optionLine(name, flag, values)),
  );
  const parts = ['# fish completion for latchkey', 'complete -c latchkey -f'];
  return [...parts, ...lines, shells, ...options, ''].join('\n');
}

function optionLine(name: string, flag: string, values: readonly string[] | undefined): string {
  const [first = '', second] = name.split(' ');
  const seen = `__fish_seen_subcommand_from ${first}`;
  const when = second === undefined ? seen : `${seen}; and __fish_seen_subcommand_from ${second}`;
  const option = ['-l', flag.slice(2)];
  if (values === undefined) return line(when, [...option, '-r', '-F']);
  return line(when, values.length > 0 ? [...option, '-x', '-a', values.join(' ')] : option);
}

function line(when: string, rest: readonly string[]): string {
  return ['complete -c latchkey -n', quoted(when), ...rest.map(quotedWhereNeeded)].join(' ');
}

function summaryOf(commands: readonly Completed[], name: string): string {
  const found = commands.find((command) => command.name === name);
  if (found) return found.summary;
  const inIt = commands.filter((command) => command.name.startsWith(`${name} `));
  return inIt.map((command) => command.name.slice(name.length + 1)).join(', ');
}

const quotedWhereNeeded = (text: string): string => (/^[\w-]+$/u.test(text) ? text : quoted(text));

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
