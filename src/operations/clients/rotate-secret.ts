import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Performed } from '../../audit/performed.ts';
import { checkBuiltInAct } from '../../oidc/clients/built-in-client.ts';
import { hashSecret } from '../../oidc/clients/clients.ts';
import {
  isUsable,
  MOST_SECRETS,
  newSecret,
  rotatedSecrets,
  withSecrets,
} from '../../oidc/clients/secrets/secrets.ts';
import { withMessages } from '../../outbox/message.ts';
import { Problem, type ProblemCode } from '../../problem.ts';
import type { ClientRecord, ClientSecret } from '../../records/client.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { Store } from '../../storage/store.ts';
import { boundedText } from '../input.ts';
import { permission } from '../permission.ts';
import { checkBroughtSecret } from './brought-secret.ts';
import { clientEvent } from './client-event.ts';
import { closedMailboxes } from './closed-mailboxes.ts';
import { endedAtClient, updateClient } from './update-client.ts';

/** Milliseconds that the old secrets go on, unless it is said. */
export const OVERLAP = 7 * 86_400_000;
export const LONGEST_OVERLAP = 90 * 86_400_000;
/**
 * `leaked`: somebody else may know the old ones, so they end now, and what was issued to the client ends
 * too. `overlap`: milliseconds that they go on otherwise. `secret`: one that is brought along. `seen`: id of the
 * newest one as whoever asks has seen it; undefined: they have not.
 */
export const rotateSecretInput = z.object({
  leaked: z.boolean(),
  overlap: z.int().min(0).max(LONGEST_OVERLAP).optional(),
  secret: boundedText.optional(),
  seen: boundedText.optional(),
});

export interface RotatedSecret {
  /** In this answer and nowhere else afterwards; null: it was brought along. */
  secret: string | null;
  id: string;
  /** Until when the ones before go on, milliseconds since the epoch; null: they have ended. */
  oldUntil: number | null;
}

/**
 * Another secret (256 random bits, unless it is brought along). What has ended is refused by every process
 * within half a second. Problems: `client-unknown`, `client-no-secret`, `client-built-in`,
 * `client-secret-format`, `client-secret-same`, `client-secrets-most`, `changed-meanwhile`.
 */
export function rotateSecret(
  { store, vault }: { store: Pick<Store, 'get' | 'update'>; vault: Vault },
  performed: Performed,
  id: string,
  input: z.output<typeof rotateSecretInput>,
): Promise<Result<RotatedSecret>> {
  return resultOf(async () => {
    const may = await permission(store, performed, 'client.rotate-secret');
    may({});
    checkBuiltInAct(id, 'rotate-secret');
    checkBroughtSecret(input.secret);
    const { leaked, secret = randomBytes(32).toString('base64url') } = input;
    const { now } = performed;
    const overlap = leaked ? 0 : (input.overlap ?? OVERLAP);
    const next = newSecret(hashSecret(vault, secret), now);
    return updateClient(store, id, (client) => {
      checkBefore(client, next, now);
      checkNewest(client, input.seen);
      const secrets = rotatedSecrets(client.secrets, next, { overlap, now });
      if (secrets.length > MOST_SECRETS)
        throw new Problem('client-secrets-most', { status: 409, values: { id } });
      const oldUntil = secrets.length > 1 ? now + overlap : null;
      const details = {
        leaked,
        secret: next.id,
        ...(oldUntil === null ? {} : { old_until: new Date(oldUntil).toISOString() }),
      };
      const event = clientEvent(performed, id, { type: 'client.secret-rotated', details });
      const ended = endedAtClient(leaked ? 'client-secret-leaked' : 'client-secret-rotated');
      const set = {
        ...ended,
        ...withMessages(client, event, ...closedMailboxes(client, ended, now)),
        ...withSecrets(secrets),
      };
      const brought = input.secret !== undefined;
      return { set, result: { secret: brought ? null : secret, id: next.id, oldUntil } };
    });
  });
}

/** Somebody else has rotated it since, or the same form was sent twice. */
function checkNewest({ secrets }: ClientRecord, seen: string | undefined): void {
  if (seen !== undefined && secrets.at(-1)?.id !== seen)
    throw new Problem('changed-meanwhile', { status: 409 });
}

function checkBefore({ id, secrets }: ClientRecord, next: ClientSecret, now: number): void {
  const fault = (code: ProblemCode) => new Problem(code, { status: 409, values: { id } });
  if (secrets.length === 0) throw fault('client-no-secret');
  const isKnown = secrets.some((secret) => secret.id === next.id && isUsable(secret, now));
  if (isKnown) throw fault('client-secret-same');
}
