/** `latchkey keys reseal`. */
import { operatorPerformed } from '../../audit/performed.ts';
import { resealEverything, type Resealed } from '../../operations/keys/encryption/reseal.ts';
import { valueOf } from '../../result.ts';
import type { World } from '../../server/world.ts';
import { printable } from '../../text/printable.ts';
import { withInstallation, type Command } from '../command.ts';
import { keyParts } from './parts.ts';

/** Milliseconds between two lines; what is done sooner tells nothing. */
const TELL_EVERY = 2_000;

export const keysReseal: Command = {
  usage: '',
  options: {},
  run: (world, { options }) =>
    withInstallation(world, options, async (installation) => {
      const performed = operatorPerformed(installation.config, world.now());
      const outside = { stop: world.stop, onProgress: progress(world) };
      const parts = { ...keyParts(installation), ...outside };
      const { looked, resealed, unreadable } = valueOf(await resealEverything(parts, performed));
      const { active } = installation.vault.ring;
      const bad = unreadable.map((name) => `\n${printable(name)} does not open, and is as it was.`);
      const text = `Sealed ${resealed} of ${looked} documents anew, with ${active}.${bad.join('')}`;
      return { text, json: { kid: active, looked, resealed, unreadable } };
    }),
};

function progress({ stderr, now }: World): (done: Resealed, collection: string) => void {
  let toldAt = now();
  return ({ looked, resealed }, collection) => {
    if (now() - toldAt < TELL_EVERY) return;
    toldAt = now();
    stderr.write(`so far: ${resealed} of ${looked} documents, in ${collection}\n`);
  };
}
