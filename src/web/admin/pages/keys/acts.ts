/** What is done to keys: new ones that sign, one that has waited made active, sealing anew, and taking one away. */
import { rotateEncryptionKey } from '../../../../operations/keys/encryption/rotate-encryption-key.ts';
import { listSigningKeys } from '../../../../operations/keys/list-keys.ts';
import { retireSigningKey } from '../../../../operations/keys/retire-signing-key.ts';
import { rotateSigningKeys } from '../../../../operations/keys/rotate-signing-keys.ts';
import { askForJob } from '../../../../operations/jobs/ask-for-job.ts';
import { found, valueOr } from '../../../signed-in/found.ts';
import { ask } from '../../confirm.ts';
import type { AdminPage, AdminVisit } from '../../page.ts';
import { KEYS } from './list.ts';

/** What operations on keys need besides the store and the vault. */
export function keyParts({ parts }: AdminVisit) {
  return { ...parts, auditRetention: parts.config.audit.retention };
}

const rotate: AdminPage = {
  path: `${KEYS}/rotate`,
  operation: 'keys.rotate',
  section: 'keys',
  fresh: true,

  show: () => Promise.resolve(ask('keys-rotate', { back: KEYS })),

  async submit(visit) {
    const rotated = await rotateSigningKeys(keyParts(visit), visit.performed);
    if (!rotated.ok) return ask('keys-rotate', { back: KEYS }, rotated.problem);
    const from = rotated.value[0]?.signsFrom ?? visit.now;
    return { to: KEYS, said: { what: 'keys-rotated', values: { from } } };
  },
};

/** One that signs goes at once where it has leaked, and not otherwise: it is rotated. */
async function signingOf(visit: AdminVisit) {
  const { parts, performed, params } = visit;
  const all = valueOr(await listSigningKeys(parts, performed), KEYS);
  const { key, state } = found(
    all.find((one) => one.key.kid === params['signing']),
    KEYS,
  );
  const values = { kid: key.kid, alg: key.alg };
  return { key: `key-retire-${state}`, kid: key.kid, question: { back: KEYS, values }, state };
}

const retireSigning: AdminPage = {
  path: `${KEYS}/signing/:signing/retire`,
  operation: 'keys.retire',
  section: 'keys',
  fresh: true,

  async show(visit) {
    const { key, question } = await signingOf(visit);
    return ask(key, question);
  },

  async submit(visit) {
    const { key, kid, question, state } = await signingOf(visit);
    const leaked = state === 'signing';
    const retired = await retireSigningKey(keyParts(visit), visit.performed, { kid, leaked });
    if (!retired.ok) return ask(key, question, retired.problem);
    return { to: KEYS, said: { what: 'key-retired', values: { kid } } };
  },
};

const activate: AdminPage = {
  path: `${KEYS}/encryption/:encryption/activate`,
  operation: 'keys.rotate',
  section: 'keys',
  fresh: true,

  show: (visit) => Promise.resolve(ask('key-activate', activation(visit))),

  async submit(visit) {
    const { kid } = activation(visit).values;
    const rotated = await rotateEncryptionKey(keyParts(visit), visit.performed, kid);
    if (!rotated.ok) return ask('key-activate', activation(visit), rotated.problem);
    return { to: KEYS, said: { what: 'key-activated', values: { kid } } };
  },
};

function activation({ parts, params }: AdminVisit) {
  const { keys } = parts.vault.ring;
  const { kid } = found(
    keys.find((one) => one.kid === params['encryption']),
    KEYS,
  );
  return { back: KEYS, values: { kid } };
}

const reseal: AdminPage = {
  path: `${KEYS}/reseal`,
  operation: 'keys.reseal',
  section: 'keys',
  fresh: true,

  show: () => Promise.resolve(ask('keys-reseal', { back: KEYS })),

  async submit({ parts, performed }) {
    const asked = await askForJob(parts, performed, 'reseal');
    if (!asked.ok) return ask('keys-reseal', { back: KEYS }, asked.problem);
    return { to: KEYS, said: { what: 'keys-resealing', values: {} } };
  },
};

export const keyActs: readonly AdminPage[] = [rotate, retireSigning, activate, reseal];
