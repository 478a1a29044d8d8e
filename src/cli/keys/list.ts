/** `latchkey keys list`. */
import { operatorPerformed } from '../../audit/performed.ts';
import { listSigningKeys, type KeyInList } from '../../operations/keys/list-keys.ts';
import {
  listEncryptionKeys,
  type EncryptionKeyInList,
  type EncryptionKeys,
} from '../../operations/keys/encryption/list-encryption-keys.ts';
import { valueOf } from '../../result.ts';
import { printable } from '../../text/printable.ts';
import { withInstallation, type Command } from '../command.ts';
import { table } from '../list.ts';
import { signingKeyJson, timeOf } from './parts.ts';

export const keysList: Command = {
  usage: '',
  options: {},
  run: (world, { options }) =>
    withInstallation(world, options, async (installation) => {
      const performed = operatorPerformed(installation.config, world.now());
      const signing = valueOf(await listSigningKeys(installation, performed));
      const encryption = valueOf(await listEncryptionKeys(installation, performed));
      const rows = [...signing.map(signingRow), ...encryption.keys.map(encryptionRow)];
      const text = [table(rows, ''), ...lackingLines(encryption)].join('\n');
      return { text, json: jsonOf(signing, encryption) };
    }),
};

function signingRow({ key, state }: KeyInList): Record<string, string> {
  return { key: key.kid, for: `signing, ${key.alg}`, state: said(key, state) };
}

function said({ signsFrom, until }: KeyInList['key'], state: KeyInList['state']): string {
  if (state === 'next') return `signs from ${timeOf(signsFrom)}`;
  if (state === 'old') return `its tokens are good until ${timeOf(until?.tokens ?? signsFrom)}`;
  if (state === 'hints') return `hints are taken until ${timeOf(until?.hints ?? signsFrom)}`;
  return 'signs';
}

function encryptionRow({ kid, state, since }: EncryptionKeyInList): Record<string, string> {
  return { key: kid, for: 'encryption', state: STATES[state](since) };
}

/** By when it became active. */
const STATES: Readonly<Record<EncryptionKeyInList['state'], (since: number | null) => string>> = {
  active: (since) => (since === null ? 'active' : `active since ${timeOf(since)}`),
  older: (since) => `older: opens and finds what was made with it${wasActive(since)}`,
  waiting: () => 'waiting: keys rotate encryption makes it the active one',
  retired: (since) =>
    `retired: its line in the key file is for older backups alone${wasActive(since)}`,
};

const wasActive = (since: number | null): string =>
  ` (made active ${since === null ? 'at the beginning' : timeOf(since)})`;

/** Processes that could not read what another key makes. */
function lackingLines({ keys, serving }: EncryptionKeys): string[] {
  return serving.flatMap(({ host, pid, kids }) => {
    const lacks = keys.filter(({ kid, state }) => state !== 'retired' && !kids.includes(kid));
    if (lacks.length === 0) return [];
    const names = lacks.map(({ kid }) => kid).join(', ');
    return [`${printable(host)} (process ${pid}) lacks ${names}.`];
  });
}

function jsonOf(signing: readonly KeyInList[], { keys, serving }: EncryptionKeys) {
  return {
    signing: signing.map(({ key, state }) => ({ ...signingKeyJson(key), state })),
    encryption: keys.map((key) => ({ kind: 'encryption', ...key })),
    processes: serving.map(({ host, pid, kids, at }) => ({ host, pid, keys: kids, at })),
  };
}
