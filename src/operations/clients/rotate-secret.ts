import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Performed } from '../../audit/performed.ts';
import { checkBuiltInAct } from '../../oidc/clients/built-in-client.ts';
import { hashSecret } from '../../oidc/clients/clients.ts';
import { withMessages } from '../../outbox/message.ts';
import { Problem } from '../../problem.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { Store } from '../../storage/store.ts';
import { permission } from '../permission.ts';
import { clientEvent } from './client-event.ts';
import { endedAtClient, updateClient } from './update-client.ts';

/** `leaked`: somebody else may know the old one, so what was issued to the client ends too. */
export const rotateSecretInput = z.object({ leaked: z.boolean() });

/**
 * Another secret (256 random bits), in the answer and nowhere else afterwards; the old one is refused by
 * every process within half a second. Problems: `client-unknown`, `client-no-secret`, `client-built-in`.
 */
export function rotateSecret(
  { store, vault }: { store: Pick<Store, 'get' | 'update'>; vault: Vault },
  performed: Performed,
  id: string,
  { leaked }: z.output<typeof rotateSecretInput>,
): Promise<Result<string>> {
  return resultOf(async () => {
    const may = await permission(store, performed, 'client.rotate-secret');
    may({});
    checkBuiltInAct(id, 'rotate-secret');
    const secret = randomBytes(32).toString('base64url');
    const secretHash = hashSecret(vault, secret);
    const content = { type: 'client.secret-rotated', details: { leaked } } as const;
    return updateClient(store, id, (client) => {
      if (client.secretHash === null)
        throw new Problem('client-no-secret', { status: 409, values: { id } });
      const set = {
        ...endedAtClient(leaked ? 'client-secret-leaked' : 'client-secret-rotated'),
        ...withMessages(client, clientEvent(performed, id, content)),
        secretHash,
      };
      return { set, result: secret };
    });
  });
}
