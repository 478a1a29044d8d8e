/** `latchkey keys rotate`. */
import { operatorPerformed } from '../../audit/performed.ts';
import { listEncryptionKeys } from '../../operations/keys/encryption/list-encryption-keys.ts';
import { rotateEncryptionKey } from '../../operations/keys/encryption/rotate-encryption-key.ts';
import { rotateSigningKeys } from '../../operations/keys/rotate-signing-keys.ts';
import { reportedProcesses } from '../../records/keys/process.ts';
import { valueOf } from '../../result.ts';
import { addKeyToFile } from '../../secrets/key-file.ts';
import type { Installation } from '../../server/opened.ts';
import type { World } from '../../server/world.ts';
import { lockStore } from '../../storage/open.ts';
import { storeOptions } from '../../storage/options.ts';
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
  await requireReports(world, installation);
  const to = string(options, 'to') ?? (await newKey(world, installation));
  const rotated = valueOf(await rotateEncryptionKey(keyParts(installation), performed, to));
  const text = `${rotated.kid} is the active key now, and every server has followed within two seconds. Nothing ends; waits after wrong passwords and codes begin anew.\nNext: keys reseal. Then keys retire ${rotated.before}, which says first what would end with it.`;
  return { text, json: { kind: 'encryption', kid: rotated.kid, before: rotated.before } };
}

/** A server that says nothing of its keys is of a version that would find nothing any more. */
async function requireReports(world: World, { config, store }: Installation): Promise<void> {
  if ((await reportedProcesses(store)).length > 0) return;
  const chosen = storeOptions(config.store);
  if (chosen.engine === 'mongodb') {
    world.stderr.write(
      'No server reports its keys. If one runs nevertheless, it is of a version that does not: stop it, as it would find nothing that is made from now on.\n',
    );
    return;
  }
  try {
    lockStore(chosen).release();
  } catch (cause) {
    throw new Error(
      `A server runs on ${chosen.path} that does not report its keys: it is starting, or of a version that would find nothing that is made after a rotation. Wait a moment, or update it; nothing was changed.`,
      { cause },
    );
  }
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
