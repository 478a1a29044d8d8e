import { randomBytes } from 'node:crypto';
import { boundedText } from '../input.ts';
import { z } from 'zod';
import type { Performed } from '../../audit/performed.ts';
import type { Config } from '../../config/schema.ts';
import { checkBuiltInAct } from '../../oidc/clients/built-in-client.ts';
import { CLIENT_OPTIONS } from '../../oidc/clients/client-options.ts';
import { hashSecret, readClient } from '../../oidc/clients/clients.ts';
import { newSecret, secretFields } from '../../oidc/clients/secrets/secrets.ts';
import type { NewClient } from '../../oidc/clients/new-client.ts';
import {
  clientIdsFor,
  isRandomForIds,
  OWN_PREFIX,
} from '../../oidc/clients/registration/client-ids.ts';
import { newClientRecord } from '../../oidc/clients/registration/new-client-record.ts';
import { withMessages } from '../../outbox/message.ts';
import { Problem } from '../../problem.ts';
import { CLIENT_KINDS, clientCollection, kindOf, type ClientRecord } from '../../records/client.ts';
import { organisationCollection } from '../../records/organisation.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Vault } from '../../secrets/vault.ts';
import { entries } from '../../storage/pages.ts';
import type { Change, Store } from '../../storage/store.ts';
import { permission } from '../permission.ts';
import { checkBroughtSecret } from './brought-secret.ts';
import { checkNamed } from './check-named.ts';
import { clientEvent } from './client-event.ts';
import { clientFieldsInput, urisInput } from './client-input.ts';
import { newRegistration } from './update-client.ts';

export const addClientInput = clientFieldsInput.extend({
  id: boundedText.optional(),
  name: boundedText,
  kind: z.enum(CLIENT_KINDS),
  redirectUris: urisInput,
  /** One that is brought along; undefined: 256 random bits. */
  secret: boundedText.optional(),
  /** Of the form that it is registered by, made for it beforehand (`randomForIds`): sent again it registers no other. */
  form: z.string().refine(isRandomForIds).optional(),
}) satisfies z.ZodType<NewClient>;

export interface AddedClient {
  client: ClientRecord;
  /** In this answer and nowhere else afterwards; null: it has none, or was brought along. */
  secret: string | null;
  /** The form had been sent before: this is what it has registered, and nothing was written now. */
  isAgain: boolean;
}

export interface AddClientParts {
  store: Pick<Store, 'get' | 'getMany' | 'scan' | 'update'>;
  vault: Vault;
  config: Pick<Config, 'lifetimes'>;
}

/**
 * Registers a client. The id of one that was removed is free, and what is still to be told of that one is
 * told. Where no organisations are given, it is open to the one that there is. Problems: `client-id-format`,
 * `client-id-reserved`, `client-taken`, `name-format`, `redirect-uri-missing`, `redirect-uri-invalid`, `acr-unknown`,
 * `client-option`, `client-value`, `client-built-in`, `client-organisations`, `organisation-unknown`, `group-unknown`,
 * `client-secret-format`.
 */
export function addClient(
  { store, vault, config }: AddClientParts,
  performed: Performed,
  {
    secret: brought,
    form,
    ...input
  }: NewClient & Pick<z.output<typeof addClientInput>, 'secret' | 'form'>,
): Promise<Result<AddedClient>> {
  return resultOf(async () => {
    const may = await permission(store, performed, 'client.add');
    may({});
    checkGivenId(input.id);
    checkBroughtSecret(brought);
    await checkNamed(store, input);
    const organisations = await organisationsOf(store, input);
    const secret = brought ?? randomBytes(32).toString('base64url');
    for (const id of input.id === undefined ? clientIdsFor(input.name, form) : [input.id]) {
      const record = newClientRecord({ ...input, id, organisations }, config.lifetimes);
      const made = {
        ...record,
        ...secretFields(record, newSecret(hashSecret(vault, secret), performed.now)),
        registration: newRegistration(),
        createdAt: performed.now,
        ...(form === undefined ? {} : { form }),
      };
      const hasSecret = made.secrets.length > 0;
      if (brought !== undefined && !hasSecret) throw withoutSecret(made);
      const there = await insertClient(store, performed, made);
      if (!there) continue;
      const isShown = hasSecret && brought === undefined && !there.isAgain;
      return { ...there, secret: isShown ? secret : null };
    }
    const [id] = input.id === undefined ? clientIdsFor(input.name) : [input.id];
    throw new Problem('client-taken', { status: 409, values: { id: id ?? '' } });
  });
}

function withoutSecret({ kind, tokenEndpointAuthMethod: method }: ClientRecord): Problem {
  const reason = `it authenticates with ${method}, and has no secret`;
  return new Problem('client-option', { values: { option: 'secret-file', use: kind, reason } });
}

function checkGivenId(id: string | undefined): void {
  if (id === undefined) return;
  checkBuiltInAct(id, 'add');
  if (id.startsWith(OWN_PREFIX)) throw new Problem('client-id-reserved', { values: { id } });
}

type Inserted = Pick<AddedClient, 'client' | 'isAgain'> | undefined;

/** Undefined: the id is somebody's, and nothing was written. */
function insertClient(
  store: Pick<Store, 'update'>,
  performed: Performed,
  made: ClientRecord,
): Promise<Inserted> {
  const added = clientEvent(performed, made.id, { type: 'client.added' });
  return store.update(clientCollection, made.id, (there): Change<ClientRecord, Inserted> => {
    if (there && !there.gone) {
      const isAgain = made.form !== undefined && there.form === made.form;
      return { result: isAgain ? { client: readClient(there), isAgain } : undefined };
    }
    const put = { ...made, ...withMessages(there ?? {}, added) };
    return { put, result: { client: put, isAgain: false } };
  });
}

/**
 * An organisation that comes later is in no client's list; whoever has several says which. Null: all, where
 * there is none yet. Problem `client-organisations`.
 */
async function organisationsOf(
  store: Pick<Store, 'scan'>,
  { organisations, kind, redirectUris, clientCredentials = false }: NewClient,
): Promise<readonly string[] | null> {
  if (organisations !== undefined) return organisations;
  const use = clientCredentials ? kindOf({ kind, redirectUris }) : kind;
  if (CLIENT_OPTIONS.organisations.refusedFor[use] !== undefined) return null;
  const ids: string[] = [];
  for await (const { value } of entries((after) => store.scan(organisationCollection, { after }))) {
    if (!value.gone) ids.push(value.id);
    if (ids.length > 1)
      throw new Problem('client-organisations', { values: { ids: ids.join(', ') } });
  }
  return ids.length === 0 ? null : ids;
}
