import type { Relay } from '../../../outbox/relay.ts';
import { clientCollection, type ClientRecord, type ClientSecret } from '../../../records/client.ts';
import type { Vault } from '../../../secrets/vault.ts';
import type { Change, Store } from '../../../storage/store.ts';
import { secretsOf, withSecrets } from './secrets.ts';

/** A secret that was shown and is right is kept under the active key from then on; nobody waits for it. */
export function hashSecretsAnew(parts: {
  store: Pick<Store, 'update'>;
  vault: Pick<Vault, 'keep'>;
  relay: Pick<Relay, 'later'>;
}) {
  return (client: string, { hash: before }: ClientSecret, given: string): void => {
    const hash = parts.vault.keep('client secret', given);
    parts.relay.later(() =>
      parts.store.update(clientCollection, client, (current): Change<ClientRecord, void> => {
        const secrets = current && !current.gone ? secretsOf(current) : [];
        if (!current || !secrets.some((secret) => secret.hash === before))
          return { result: undefined };
        const anew = secrets.map((secret) =>
          secret.hash === before ? { ...secret, hash } : secret,
        );
        return { put: { ...current, ...withSecrets(anew) }, result: undefined };
      }),
    );
  };
}
