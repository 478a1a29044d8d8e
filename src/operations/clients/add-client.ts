import { randomBytes } from 'node:crypto';
import { boundedText } from '../input.ts';
import { z } from 'zod';
import type { Performed } from '../../audit/performed.ts';
import { checkBuiltInAct } from '../../oidc/clients/built-in-client.ts';
import { hashSecret, isPublicKind, newClientRecord } from '../../oidc/clients/clients.ts';
import type { NewClient } from '../../oidc/clients/new-client.ts';
import { withMessages } from '../../outbox/message.ts';
import { Problem } from '../../problem.ts';
import { CLIENT_KINDS, clientCollection, type ClientRecord } from '../../records/client.ts';
import { SIGNING_ALGS } from '../../records/signing-key.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { Change, Store } from '../../storage/store.ts';
import { checkOrganisations } from '../organisations/check-organisations.ts';
import { permission } from '../permission.ts';
import { clientEvent } from './client-event.ts';
import { acrInput, organisationsInput, uriInput, urisInput } from './client-input.ts';
import { newRegistration } from './update-client.ts';

/** What a client may be is checked where it is made, and named by a Problem; here only what is no such thing at all. */
export const addClientInput = z.object({
  id: boundedText.optional(),
  name: boundedText,
  kind: z.enum(CLIENT_KINDS),
  redirectUris: urisInput,
  postLogoutRedirectUris: urisInput.optional(),
  backchannelLogoutUri: uriInput.optional(),
  clientUri: uriInput.nullable().optional(),
  alg: z.enum(SIGNING_ALGS).optional(),
  firstParty: z.boolean().optional(),
  requirePkce: z.boolean().optional(),
  clientCredentials: z.boolean().optional(),
  offlineAccess: z.boolean().optional(),
  requireAcr: acrInput.optional(),
  acceptTrust: z.boolean().optional(),
  organisations: organisationsInput.optional(),
}) satisfies z.ZodType<NewClient>;

export interface AddedClient {
  client: ClientRecord;
  /** In this answer and nowhere else afterwards; null: a public client has none. */
  secret: string | null;
}

/**
 * Registers a client. The id of one that was removed is free, and what is still to be told of that one is
 * told. Problems: `client-id-format`, `client-taken`, `name-format`, `redirect-uri-missing`, `redirect-uri-invalid`,
 * `acr-unknown`, `client-option`, `client-built-in`, `organisation-unknown`.
 */
export function addClient(
  { store, vault }: { store: Pick<Store, 'get' | 'update'>; vault: Vault },
  performed: Performed,
  input: NewClient,
): Promise<Result<AddedClient>> {
  return resultOf(async () => {
    const may = await permission(store, performed, 'client.add');
    may({});
    if (input.id !== undefined) checkBuiltInAct(input.id, 'add');
    await checkOrganisations(store, input.organisations);
    const secret = isPublicKind(input.kind) ? null : randomBytes(32).toString('base64url');
    const made = {
      ...newClientRecord(input),
      secretHash: secret && hashSecret(vault, secret),
      registration: newRegistration(),
      createdAt: performed.now,
    };
    const added = clientEvent(performed, made.id, { type: 'client.added' });
    const client = await store.update(
      clientCollection,
      made.id,
      (there): Change<ClientRecord, ClientRecord> => {
        if (there && !there.gone)
          throw new Problem('client-taken', { status: 409, values: { id: made.id } });
        const put = { ...made, ...withMessages(there ?? {}, added) };
        return { put, result: put };
      },
    );
    return { client, secret };
  });
}
