/** `latchkey keys retire`. */
import { operatorPerformed } from '../../audit/performed.ts';
import { listSigningKeys } from '../../operations/keys/list-keys.ts';
import { retireSigningKey, signingKeyNamed } from '../../operations/keys/retire-signing-key.ts';
import type { KeyState } from '../../policy/keys/signing-keys.ts';
import {
  countEnds,
  retireEncryptionKey,
} from '../../operations/keys/encryption/retire-encryption-key.ts';
import {
  toldEnds,
  type EndsWithKey,
  type ToldEnd,
} from '../../operations/keys/encryption/ends-with-key.ts';
import { valueOf } from '../../result.ts';
import type { Installation } from '../../server/opened.ts';
import type { World } from '../../server/world.ts';
import {
  onlyPositional,
  relayTold,
  withInstallation,
  type Command,
  type Options,
  type Outcome,
} from '../command.ts';
import { confirm, CONFIRMED } from '../confirm.ts';
import { UsageError } from '../usage-error.ts';
import { keyParts } from './parts.ts';

export const keysRetire: Command = {
  usage: 'KID [--leaked | --lost] [--yes]',
  options: { ...CONFIRMED, leaked: { type: 'boolean' }, lost: { type: 'boolean' } },
  run: (world, args) =>
    withInstallation(world, args.options, (installation) => {
      const kid = onlyPositional(args, 'KID');
      if (args.options['lost'] === true && args.options['leaked'] === true)
        throw new UsageError(
          'A key that has leaked is not lost: --leaked and --lost exclude each other.',
        );
      const { keys, retired, lacking = [] } = installation.vault.ring;
      const isOurs = [...keys.map((key) => key.kid), ...retired, ...lacking].includes(kid);
      const retire = isOurs ? retireEncryption : retireSigning;
      return retire(world, args.options, installation, kid);
    }),
};

async function retireEncryption(
  world: World,
  options: Options,
  installation: Installation,
  kid: string,
): Promise<Outcome> {
  const parts = keyParts(installation);
  const performed = operatorPerformed(installation.config, world.now());
  const lost = options['lost'] === true;
  const ends = valueOf(await countEnds(parts, performed, { kid, lost }));
  await confirm(
    world,
    options,
    `This ends ${sentence(ends)}, which were made with the key ${kid}.`,
  );
  // What rides in documents that go is told first.
  await relayTold(installation, world);
  const leaked = options['leaked'] === true;
  const ended = valueOf(await retireEncryptionKey(parts, performed, { kid, leaked, lost }));
  const text = `Retired ${kid}, and with it ${sentence(ended)}. Its line in the key file is of use for older backups alone.`;
  return { text, json: { kind: 'encryption', kid, ended } };
}

const WORDS: Readonly<Record<ToldEnd, string>> = {
  session: 'sessions',
  refresh_token: 'refresh tokens with their families',
  trusted_computer: 'trusted computers that were not used since',
  passcodes: 'passcodes that were not used since',
  client_secrets: 'client secrets that were not used since',
  known_computer: 'computers that are known from a sign-in',
  link: 'links',
  enrolment_codes: 'codes after a reset',
  temporary_codes: 'codes for today',
  others: 'other things (codes, tokens, sign-ins that were begun)',
};

function sentence(ends: EndsWithKey): string {
  const told = toldEnds(ends).map(({ name, count }) => `${count} ${WORDS[name]}`);
  return `${told.slice(0, -1).join(', ')}, and ${told.at(-1)}`;
}

async function retireSigning(
  world: World,
  options: Options,
  installation: Installation,
  kid: string,
) {
  const parts = keyParts(installation);
  const performed = operatorPerformed(installation.config, world.now());
  const { alg } = await signingKeyNamed(parts, kid, performed.now);
  if (options['lost'] === true)
    throw new UsageError('Signing keys are kept in the store: --lost is for encryption keys.');
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
