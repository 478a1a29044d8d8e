/** `latchkey keys retire`. */
import { operatorPerformed } from '../../audit/performed.ts';
import { listSigningKeys } from '../../operations/keys/list-keys.ts';
import { retireSigningKey, signingKeyNamed } from '../../operations/keys/retire-signing-key.ts';
import type { KeyState } from '../../policy/keys/signing-keys.ts';
import { valueOf } from '../../result.ts';
import type { Installation } from '../../server/opened.ts';
import type { World } from '../../server/world.ts';
import { onlyPositional, withInstallation, type Command, type Options } from '../command.ts';
import { confirm, CONFIRMED } from '../confirm.ts';
import { keyParts } from './parts.ts';

export const keysRetire: Command = {
  usage: 'KID [--leaked] [--yes]',
  options: { ...CONFIRMED, leaked: { type: 'boolean' } },
  run: (world, args) =>
    withInstallation(world, args.options, (installation) =>
      retireSigning(world, args.options, installation, onlyPositional(args, 'KID')),
    ),
};

async function retireSigning(
  world: World,
  options: Options,
  installation: Installation,
  kid: string,
) {
  const parts = keyParts(installation);
  const performed = operatorPerformed(installation.config, world.now());
  const { alg } = await signingKeyNamed(parts, kid, performed.now);
  const listed = valueOf(await listSigningKeys(installation, performed));
  const state = listed.find(({ key }) => key.kid === kid)?.state ?? 'over';
  const leaked = options['leaked'] === true;
  // What would be refused is not asked first.
  if (state !== 'signing' || leaked)
    await confirm(world, options, `${CONSEQUENCE[state]} The key is ${kid} (${alg}).`);
  const retired = valueOf(await retireSigningKey(parts, performed, { kid, leaked }));
  const { successor } = retired;
  const next = successor === undefined ? '' : ` ${successor} signs from now on.`;
  const text = `Retired ${kid}: it has left the JWKS, and every server has followed within two seconds.${next}`;
  return { text, json: { kid, state: retired.state, successor: successor ?? null } };
}

const KEPT =
  'Whoever has fetched the JWKS may go by it for five minutes more, unless they fetch it anew.';
const CONSEQUENCE: Readonly<Record<KeyState, string>> = {
  next: 'This withdraws a key that has signed nothing yet; nothing ends.',
  signing: `This takes away the key that signs, and another one signs in its place. Tokens that it has signed are refused, and sessions that show one as a hint are asked before they are signed out. ${KEPT}`,
  old: `This takes away a key whose tokens have not all expired: they are refused. ${KEPT}`,
  hints:
    'This takes away a key whose tokens have all expired: sign-outs that show one as a hint are asked for anew.',
  over: 'This takes away a key that nothing depends on any more.',
};
