/** What ends what a client holds: each act is one conditional write of the client, its event in it. */
import { randomBytes } from 'node:crypto';
import { withMessages, type OutboxMessage } from '../../outbox/message.ts';
import { shutsOut } from '../../policy/policy-change.ts';
import { endsForApp, type ClientCause } from '../../policy/revocation.ts';
import { Problem } from '../../problem.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { Change, Store } from '../../storage/store.ts';
import { checkBuiltInAct } from '../../oidc/clients/built-in-client.ts';
import { clientPkceCollection } from '../../oidc/clients/client-pkce.ts';
import { clientCollection, type Admitted, type ClientRecord } from '../../records/client.ts';
import { hashSecret, isClientId } from '../../oidc/clients/clients.ts';

/** The fields that end what the client holds, everybody's; all of it carries the registration. */
function endedAtClient(cause: ClientCause): Pick<ClientRecord, 'registration'> {
  if (!endsForApp(cause, 'access')) return {};
  return { registration: randomBytes(12).toString('base64url') };
}

const clientUnknown = (id: string): Problem =>
  new Problem('client-unknown', { status: 404, values: { id } });

/** Removed and nobody's at once; its id is free when its event is recorded. Problems: `client-unknown`, `client-built-in`. */
export async function removeClient(
  store: Pick<Store, 'update' | 'delete'>,
  id: string,
  messages: readonly OutboxMessage[],
): Promise<void> {
  checkBuiltInAct(id, 'remove');
  if (!isClientId(id)) throw clientUnknown(id);
  const removed = await store.update(
    clientCollection,
    id,
    (client): Change<ClientRecord, boolean> => {
      if (!client || client.gone) return { result: false };
      const ended = endedAtClient('client-removed');
      const put = {
        ...client,
        ...ended,
        ...withMessages(client, ...messages),
        gone: true as const,
      };
      return { put, result: true };
    },
  );
  if (!removed) throw clientUnknown(id);
  await store.delete(clientPkceCollection, id);
}

/**
 * Another secret (256 random bits), in the answer and nowhere else afterwards; the old one is refused by
 * every process within half a second. `leaked`: what was issued to the client ends too. Problems:
 * `client-unknown`, `client-no-secret`, `client-built-in`.
 */
export async function rotateSecret(
  { store, vault }: { store: Pick<Store, 'update'>; vault: Vault },
  id: string,
  leaked: boolean,
  messages: readonly OutboxMessage[],
): Promise<string> {
  checkBuiltInAct(id, 'rotate-secret');
  if (!isClientId(id)) throw clientUnknown(id);
  const secret = randomBytes(32).toString('base64url');
  const secretHash = hashSecret(vault, secret);
  await store.update(clientCollection, id, (client): Change<ClientRecord, void> => {
    if (!client || client.gone) throw clientUnknown(id);
    if (client.secretHash === null)
      throw new Problem('client-no-secret', { status: 409, values: { id } });
    const ended = endedAtClient(leaked ? 'client-secret-leaked' : 'client-secret-rotated');
    const put = { ...client, ...ended, secretHash, ...withMessages(client, ...messages) };
    return { put, result: undefined };
  });
  return secret;
}

/**
 * The field that says since when each organisation is let in: what was issued before an organisation was
 * shut out stays dead when it is let in again. Empty when nobody's access changes.
 */
export function admissions(
  before: ClientRecord,
  { organisations }: Pick<ClientRecord, 'organisations'>,
  now: number,
): { admitted?: Admitted } {
  const { admitted = {}, organisations: open } = before;
  if (!shutsOut(open, organisations) && !shutsOut(organisations, open)) return {};
  const since = (id: string): number =>
    open === null || open.includes(id) ? (admitted[id] ?? admitted['*'] ?? 0) : now;
  const named = organisations ?? open ?? [];
  return { admitted: { ...Object.fromEntries(named.map((id) => [id, since(id)])), '*': now } };
}
