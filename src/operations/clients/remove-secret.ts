import type { Performed } from '../../audit/performed.ts';
import { checkBuiltInAct } from '../../oidc/clients/built-in-client.ts';
import { isUsable, withSecrets } from '../../oidc/clients/secrets/secrets.ts';
import { withMessages } from '../../outbox/message.ts';
import { Problem } from '../../problem.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Store } from '../../storage/store.ts';
import { permission } from '../permission.ts';
import { clientEvent } from './client-event.ts';
import { updateClient } from './update-client.ts';

/**
 * Ends one secret before its time; every process refuses it within half a second. One that can be used has to
 * stay. Problems: `client-unknown`, `client-built-in`, `client-secret-unknown`, `client-secret-last`.
 */
export function removeSecret(
  { store }: { store: Pick<Store, 'get' | 'update'> },
  performed: Performed,
  id: string,
  secret: string,
): Promise<Result<void>> {
  return resultOf(async () => {
    const may = await permission(store, performed, 'client.remove-secret');
    may({});
    checkBuiltInAct(id, 'remove-secret');
    await updateClient(store, id, (client) => {
      const values = { id, secret };
      if (!client.secrets.some((one) => one.id === secret))
        throw new Problem('client-secret-unknown', { status: 404, values });
      const left = client.secrets.filter((one) => one.id !== secret);
      if (!left.some((one) => isUsable(one, performed.now)))
        throw new Problem('client-secret-last', { status: 409, values });
      const content = { type: 'client.secret-removed', details: { secret } } as const;
      const set = {
        ...withMessages(client, clientEvent(performed, id, content)),
        ...withSecrets(left),
      };
      return { set, result: undefined };
    });
  });
}
