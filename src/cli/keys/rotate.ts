/** `latchkey keys rotate`. */
import { operatorPerformed } from '../../audit/performed.ts';
import { listEncryptionKeys } from '../../operations/keys/encryption/list-encryption-keys.ts';
import { rotateEncryptionKey } from '../../operations/keys/encryption/rotate-encryption-key.ts';
import { rotateSigningKeys } from '../../operations/keys/rotate-signing-keys.ts';
import { valueOf } from '../../result.ts';
import { addKeyToFile } from '../../secrets/key-file.ts';
import type { Installation } from '../../server/opened.ts';
import type { World } from '../../server/world.ts';
import {
  onlyPositional,
  string,
  withInstallation,
  type Command,
  type Options,
  type Outcome,
} from '../command.ts';
import { UsageError } from '../usage-error.ts';
import { keyParts, signingKeyJson, timeOf } from './parts.ts';

export const keysRotate: Command = {
  usage: 'signing | encryption [--to KID]',
  options: { to: { type: 'string' } },
  run: (world, args) => {
    const kind = onlyPositional(args, 'signing or encryption');
    const { options } = args;
    if (kind === 'encryption')
      return withInstallation(world, options, (installation) =>
        encryption(world, installation, options),
      );
    if (kind !== 'signing') throw new UsageError(`“${kind}” is neither signing nor encryption.`);
    if (string(options, 'to') !== undefined)
      throw new UsageError('--to names an encryption key: signing keys are always new ones.');
    return withInstallation(world, options, (installation) => signing(world, installation));
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

async function encryption(
  world: World,
  installation: Installation,
  options: Options,
): Promise<Outcome> {
  const performed = operatorPerformed(installation.config, world.now());
  const to = string(options, 'to') ?? (await newKey(world, installation));
  const rotated = valueOf(await rotateEncryptionKey(keyParts(installation), performed, to));
  const text = `${rotated.kid} is the active key now, and every server has followed within two seconds. Nothing ends; waits after wrong passwords and codes begin anew.\nNext: keys reseal. Then keys retire ${rotated.before}, which says first what would end with it.`;
  return { text, json: { kind: 'encryption', kid: rotated.kid, before: rotated.before } };
}

/** The one that waits in the key file, or that is put there now. */
async function newKey(world: World, installation: Installation): Promise<string> {
  const { config, vault } = installation;
  const performed = operatorPerformed(config, world.now());
  const waiting = async (): Promise<string | undefined> => {
    const { keys } = valueOf(await listEncryptionKeys(installation, performed));
    return keys.find(({ state }) => state === 'waiting')?.kid;
  };
  const there = await waiting();
  if (there !== undefined) return there;
  if (config.encryption.key !== undefined)
    throw new Error(
      'The key comes from encryption.key, which only you can change: put a new one before those that are there (openssl rand 32 | basenc --base64url), give it to every process, restart them, and run this command again.',
    );
  const { key_file: file } = config.encryption;
  const known = vault.ring.keys.map(({ kid }) => kid);
  const keys = await addKeyToFile(file, known);
  vault.use({ ...vault.ring, keys });
  world.stderr.write(`There is a new key in ${file}. Keep a copy of that file.\n`);
  return (await waiting()) ?? '';
}
