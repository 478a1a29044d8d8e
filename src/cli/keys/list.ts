/** `latchkey keys list`. */
import { operatorPerformed } from '../../audit/performed.ts';
import { listSigningKeys, type KeyInList } from '../../operations/keys/list-keys.ts';
import { valueOf } from '../../result.ts';
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
      const json = signing.map(({ key, state }) => ({ ...signingKeyJson(key), state }));
      return { text: table(signing.map(signingRow), ''), json };
    }),
};

function signingRow({ key, state }: KeyInList): Record<string, string> {
  const { kid, alg, createdAt } = key;
  return { key: kid, for: `signing, ${alg}`, made: timeOf(createdAt), state: said(key, state) };
}

function said({ signsFrom, until }: KeyInList['key'], state: KeyInList['state']): string {
  if (state === 'next') return `signs from ${timeOf(signsFrom)}`;
  if (state === 'old') return `its tokens are good until ${timeOf(until?.tokens ?? signsFrom)}`;
  if (state === 'hints') return `hints are taken until ${timeOf(until?.hints ?? signsFrom)}`;
  return 'signs';
}
