/** `latchkey completion SHELL`. */
import { onlyPositional, type Command } from '../command.ts';
import { didYouMean } from '../../config/nearest.ts';
import { UsageError } from '../usage-error.ts';
import { bash } from './bash.ts';
import { fish } from './fish.ts';
import { completed } from './words.ts';
import { zsh } from './zsh.ts';

const SCRIPTS = { bash, zsh, fish };

export const completion: Command = {
  usage: [
    'bash|zsh|fish',
    '',
    'For good, in bash: latchkey completion bash > ~/.local/share/bash-completion/completions/latchkey',
    '         in zsh:  latchkey completion zsh > a folder of $fpath/_latchkey',
    '         in fish: latchkey completion fish > ~/.config/fish/completions/latchkey.fish',
  ].join('\n'),
  options: {},
  async run(_world, args) {
    const shell = onlyPositional(args, 'SHELL');
    const names = Object.keys(SCRIPTS);
    const script = Object.entries(SCRIPTS).find(([name]) => name === shell)?.[1];
    if (!script) {
      const meant = didYouMean(shell, names);
      throw new UsageError(`SHELL must be one of: ${names.join(', ')}. It is "${shell}".${meant}`);
    }
    const text = script(await completed(args.commands)).trimEnd();
    return { text, json: { shell, script: text } };
  },
};
