/** `latchkey keys rotate`. */
import { operatorPerformed } from '../../audit/performed.ts';
import { rotateSigningKeys } from '../../operations/keys/rotate-signing-keys.ts';
import { valueOf } from '../../result.ts';
import type { Installation } from '../../server/opened.ts';
import type { World } from '../../server/world.ts';
import { onlyPositional, withInstallation, type Command, type Outcome } from '../command.ts';
import { UsageError } from '../usage-error.ts';
import { keyParts, signingKeyJson, timeOf } from './parts.ts';

const KINDS = ['signing'];

export const keysRotate: Command = {
  usage: 'signing',
  options: {},
  run: (world, args) => {
    const kind = onlyPositional(args, 'signing');
    if (!KINDS.includes(kind)) throw new UsageError(`“${kind}” is none of: ${KINDS.join(', ')}.`);
    return withInstallation(world, args.options, (installation) => signing(world, installation));
  },
};

async function signing(world: World, installation: Installation): Promise<Outcome> {
  const performed = operatorPerformed(installation.config, world.now());
  const fresh = valueOf(await rotateSigningKeys(keyParts(installation), performed));
  const lines = fresh.map(({ kid, alg }) => `${alg}: ${kid}`);
  const from = timeOf(fresh[0]?.signsFrom ?? performed.now);
  const text = `${lines.join('\n')}\nThe new keys are in the JWKS now and sign from ${from} on. Nothing ends: the old ones stay until their last token has expired.`;
  return { text, json: fresh.map((key) => ({ ...signingKeyJson(key), state: 'next' })) };
}
