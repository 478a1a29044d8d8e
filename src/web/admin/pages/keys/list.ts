/** `/admin/keys`: the keys that sign and those that encrypt, what each does, and what can be done with it. */
import {
  listEncryptionKeys,
  type EncryptionKeys,
} from '../../../../operations/keys/encryption/list-encryption-keys.ts';
import { listSigningKeys, type KeyInList } from '../../../../operations/keys/list-keys.ts';
import { getJob } from '../../../../records/under-way/job.ts';
import { valueOr } from '../../../signed-in/found.ts';
import { jobShown } from '../../jobs.ts';
import { pathOf, type AdminPage } from '../../page.ts';

export const KEYS = pathOf('keys');

/** `kind`: of the key; `act`: the last part of its address. */
export const keyPath = (kind: 'signing' | 'encryption', kid: string, act: string): string =>
  `${KEYS}/${kind}/${encodeURIComponent(kid)}/${act}`;

export const keyList: AdminPage = {
  path: KEYS,
  operation: 'keys.list',
  section: 'keys',
  fresh: false,

  async show({ parts, performed, now }) {
    const signing = valueOr(await listSigningKeys(parts, performed), KEYS);
    const encryption = valueOr(await listEncryptionKeys(parts, performed), KEYS);
    const isRotating = signing.some(({ state }) => state === 'next');
    const hasOlder = encryption.keys.some(({ state }) => state === 'older');
    const context = {
      signing: signing.map(signingShown),
      rotate: isRotating ? null : `${KEYS}/rotate`,
      encryption: encryption.keys.map(encryptionShown),
      lacking: lacking(encryption),
      reseal: hasOlder ? `${KEYS}/reseal` : null,
      resealing: jobShown(await getJob(parts.store, 'reseal'), now),
    };
    return { show: 'admin/keys', context };
  },
};

function signingShown({ key: { kid, alg, createdAt, signsFrom, until }, state }: KeyInList) {
  const ends = {
    next: signsFrom,
    signing: createdAt,
    old: until?.tokens,
    hints: until?.hints,
    over: 0,
  };
  return {
    kid,
    alg,
    state,
    at: ends[state] ?? signsFrom,
    retire: keyPath('signing', kid, 'retire'),
  };
}

function encryptionShown({ kid, state, since }: EncryptionKeys['keys'][number]) {
  return {
    kid,
    state,
    since,
    activate: state === 'waiting' ? keyPath('encryption', kid, 'activate') : null,
    retire: state === 'older' ? keyPath('encryption', kid, 'retire') : null,
  };
}

/** Processes that could not read what another key makes. */
function lacking({ keys, serving }: EncryptionKeys) {
  return serving.flatMap(({ host, pid, kids }) => {
    const missing = keys.filter(({ kid, state }) => state !== 'retired' && !kids.includes(kid));
    return missing.length === 0
      ? []
      : [{ host, pid, kids: missing.map(({ kid }) => kid).join(', ') }];
  });
}
