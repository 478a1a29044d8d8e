/** What holds for every command, and is known without loading one. */
import type { World } from '../server/world.ts';

/** What every command takes. */
export const EVERYWHERE = {
  config: { type: 'string' },
  json: { type: 'boolean' },
  force: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** How it is started where this command was: in a clone by a script of npm, elsewhere by its name. */
export function programIn({ env }: Pick<World, 'env'>): string {
  const byScript = ['latchkey', 'start'].includes(env['npm_lifecycle_event'] ?? '');
  return byScript ? 'npm run -s latchkey --' : 'latchkey';
}
