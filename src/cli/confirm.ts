/** What ends something is asked about first: on a terminal with a question, elsewhere by `--yes`. */
import type { World } from '../server/world.ts';
import type { Options } from './command.ts';
import { UsageError } from './usage-error.ts';

/** The option of every command that asks. */
export const CONFIRMED = { yes: { type: 'boolean' } } as const;

/**
 * `what`: sentences that say what would end, and for whom. Throws where it is not to be done; nothing has
 * been changed then.
 */
export async function confirm(
  { stdin, stderr }: Pick<World, 'stdin' | 'stderr'>,
  options: Options,
  what: string,
): Promise<void> {
  if (options['yes'] === true) return;
  if (stdin.isTTY !== true || stderr.isTTY !== true)
    throw new UsageError(`${what}\nNothing was changed. --yes does it.`);
  stderr.write(`${what}\nGo on? [y/N] `);
  if (!/^y(?:es)?$/iu.test((await lineFrom(stdin)).trim())) throw new Error('Nothing was changed.');
}

async function lineFrom(stdin: World['stdin']): Promise<string> {
  let text = '';
  for await (const chunk of stdin) {
    text += chunk.toString();
    if (text.includes('\n')) break;
  }
  return text;
}
