import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { boundedText, given } from '../input.ts';
import { z } from 'zod';
import type { Performed } from '../../audit/performed.ts';
import type { Config } from '../../config/schema.ts';
import { checkBuiltInChange } from '../../oidc/clients/built-in-client.ts';
import { checkClientOptions } from '../../oidc/clients/client-options.ts';
import { hashSecret } from '../../oidc/clients/clients.ts';
import { newSecret, secretFields } from '../../oidc/clients/secrets/secrets.ts';
import type { ClientFields } from '../../oidc/clients/new-client.ts';
import { checkedFields, type Longest } from '../../oidc/clients/registration/checked-fields.ts';
import { checkName } from '../../oidc/clients/registration/new-client-record.ts';
import { refusedValue } from '../../oidc/clients/registration/client-value.ts';
import { settled } from '../../oidc/clients/registration/settled.ts';
import { withMessages } from '../../outbox/message.ts';
import { admittedAfter } from '../../policy/apps/who-may.ts';
import type { Admitted, ClientRecord } from '../../records/client.ts';
import { Problem } from '../../problem.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { Store } from '../../storage/store.ts';
import { changes, type Changes } from '../changes.ts';
import { permission } from '../permission.ts';
import { checkNamed } from './check-named.ts';
import { clientEvent } from './client-event.ts';
import { closedMailboxes } from './closed-mailboxes.ts';
import { clientFieldsInput } from './client-input.ts';
import { checkSeen, type TaggedField } from './seen/client-tag.ts';
import { endedAtClient, updateClient } from './update-client.ts';

/** Lists that are changed by what is in them, besides being replaced. */
const listsInput = clientFieldsInput
  .pick({ redirectUris: true, postLogoutRedirectUris: true, scopes: true })
  .extend({ organisations: z.array(boundedText).max(10_000).optional() });
const LISTS = ['redirectUris', 'postLogoutRedirectUris', 'scopes', 'organisations'] as const;
type Lists = z.output<typeof listsInput>;

/** What is undefined stays, null is none; lists are replaced, then added to and taken from. */
export const changeClientInput = clientFieldsInput.extend({
  name: boundedText.optional(),
  add: listsInput.optional(),
  remove: listsInput.optional(),
  /** Somebody else may have had its key: what was issued to it ends with it. */
  leaked: z.boolean().optional(),
  /** The fields that are given, as whoever gives them has seen them (seen/client-tag.ts); undefined: they have not. */
  seen: boundedText.optional(),
});
export interface ClientChange extends ClientFields {
  name?: string | undefined;
  add?: Lists | undefined;
  remove?: Lists | undefined;
  leaked?: boolean | undefined;
  seen?: string | undefined;
}

export interface ChangedClient {
  client: ClientRecord;
  /** Empty: it was like that already, and nothing was written. */
  changed: Changes;
  /** A new secret, of one that had none before; in this answer and nowhere else afterwards. */
  secret?: string;
}

export interface ChangeClientParts {
  store: Pick<Store, 'get' | 'getMany' | 'update'>;
  vault: Vault;
  config: Pick<Config, 'lifetimes'>;
}

/**
 * Checked as at the registration. Problems: `client-unknown`, `client-option`, `client-value`, `client-built-in`,
 * `name-format`, `acr-unknown`, `redirect-uri-invalid`, `redirect-uri-missing`, `organisation-unknown`, `group-unknown`,
 * `changed-meanwhile` for what was not as it had been seen.
 */
export function changeClient(
  { store, vault, config }: ChangeClientParts,
  performed: Performed,
  id: string,
  { name, add = {}, remove = {}, leaked = false, seen, ...fields }: ClientChange,
): Promise<Result<ChangedClient>> {
  return resultOf(async () => {
    const may = await permission(store, performed, 'client.change');
    may({});
    if (name !== undefined) checkName(name);
    await checkNamed(store, fields);
    await checkNamed(store, { organisations: add.organisations });
    const secret = randomBytes(32).toString('base64url');
    const named = name === undefined ? {} : { name };
    const tagged = Object.keys({ ...given(fields), ...named }) as TaggedField[];
    return updateClient(store, id, (client) => {
      checkSeen(client, tagged, seen);
      const asked = { ...given(fields), ...editedLists(client, fields, add, remove) };
      checkBuiltInChange(id, { ...asked, ...named });
      const set = setOf(client, asked, config.lifetimes);
      const whole = name === undefined ? set : { ...set, name: name.trim() };
      const changed = changes(client, whole);
      if (leaked) checkLeaked(client, { ...client, ...set });
      else if (Object.keys(changed).length === 0) return { result: { client, changed } };
      const next = newSecret(hashSecret(vault, secret), performed.now);
      const secrets = secretFields({ ...client, ...set }, next);
      const fresh = secrets.secrets.includes(next);
      const ended = {
        ...distrusted(client, { ...client, ...set }),
        ...(leaked ? endedAtClient('client-secret-leaked') : {}),
      };
      const details = leaked ? { ...changed, leaked } : changed;
      const event = clientEvent(performed, id, { type: 'client.changed', details });
      const closed = closedMailboxes(client, { ...set, ...ended }, performed.now);
      const after = {
        ...client,
        ...whole,
        ...secrets,
        ...admissions(client, { ...client, ...set }, performed.now),
        ...ended,
        ...withMessages(client, event, ...closed),
      };
      const result = { client: after, changed, ...(fresh ? { secret } : {}) };
      return { set: after, result };
    });
  });
}

/** The fields that were given, with what follows from them. */
function setOf(client: ClientRecord, asked: ClientFields, longest: Longest): Partial<ClientRecord> {
  checkClientOptions(client, asked);
  const checked = checkedFields(asked, { client, longest });
  const after = settled({ ...client, ...checked }, asked);
  const names = Object.keys({ ...checked, ...DERIVED }) as (keyof ClientRecord)[];
  return Object.fromEntries(names.map((name) => [name, after[name]]));
}

/** What may follow from other fields (oidc/clients/registration/settled.ts). */
const DERIVED = { jwks: null, jwksUri: null, groups: null };

/**
 * Does it sign with other keys from now on? Those that are fetched are its own to replace, and are read anew at
 * once. Problem `client-option`.
 */
function checkLeaked(before: ClientRecord, after: ClientRecord): void {
  const { kind: use, tokenEndpointAuthMethod: method, jwksUri } = after;
  const refuse = (reason: string): Problem =>
    new Problem('client-option', { values: { option: 'leaked', use, reason } });
  if (before.tokenEndpointAuthMethod !== 'private_key_jwt')
    throw refuse('it signed with no key; of a secret it is “client rotate-secret --leaked”');
  const kept = method === 'private_key_jwt' ? (after.jwks?.keys ?? []) : [];
  const had = before.jwks?.keys ?? [];
  const isKept =
    had.length > 0 && had.every((one) => kept.some((key) => isDeepStrictEqual(key, one)));
  if (isKept && jwksUri === null)
    throw refuse('it would go on with the key: --jwks-file brings others');
}

/** Ends what it was given without consent, without a key or beyond the session, where it can have that no more. */
function distrusted(before: ClientRecord, after: ClientRecord): Partial<ClientRecord> {
  const needsConsent = before.firstParty && !after.firstParty;
  const needsKey = !before.requireDpop && after.requireDpop;
  const losesOffline = before.offlineAccess && !after.offlineAccess;
  return needsConsent || needsKey || losesOffline ? endedAtClient('client-distrusted') : {};
}

/** As they are there when they are written: two may add to a list at once. Problem `client-value`. */
function editedLists(
  client: ClientRecord,
  fields: ClientFields,
  add: Lists,
  remove: Lists,
): ClientFields {
  const edited = LISTS.filter((name) => add[name] !== undefined || remove[name] !== undefined);
  return Object.fromEntries(
    edited.map((name) => {
      const before = fields[name] === undefined ? client[name] : fields[name];
      // To be open to one more would shut all others out.
      if (before === null || before === undefined)
        throw refusedValue('organisations', 'all', 'it is open to all: --org says to which alone');
      const without = new Set(remove[name]);
      const kept = before.filter((one) => !without.has(one));
      const added = (add[name] ?? []).filter((one) => !kept.includes(one));
      return [name, [...kept, ...added]];
    }),
  );
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
  const admitted = admittedAfter(before.organisations, before.admitted ?? {}, organisations, now);
  return admitted ? { admitted } : {};
}
