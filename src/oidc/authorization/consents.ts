/**
 * Consents: what a person has let a client know that is not first party. One document for the two, which
 * holds in whatever browser until it is withdrawn. What it rests on is compared at each use, so that one
 * write elsewhere ends it: the person's epoch of consents, the client's registration, and that it is open
 * to the person.
 */
import { randomBytes } from 'node:crypto';
import {
  consentCollection,
  consentId,
  type Consent,
  type Requested,
} from '../../records/consent.ts';
import type { Organisation } from '../../records/organisation.ts';
import type { Person } from '../../records/person.ts';
import type { AuditEvent } from '../../audit/event.ts';
import { entries } from '../../storage/pages.ts';
import { withMessages, outboxIndex, type OutboxMessage } from '../../outbox/message.ts';
import type { Change, Entry, Store } from '../../storage/store.ts';
import { isOpenSince, registrationOf, type Metadata } from '../clients/client-standing.ts';
import { isNothing, missingOf } from './requested.ts';

/** Who lets whom know something. */
export interface Parties {
  person: Person;
  organisation: Organisation;
  clientId: string;
  /** As it is registered now. */
  client: Metadata;
}

/** What holds now; undefined: the person has let the client know nothing. */
export async function getConsent(
  store: Pick<Store, 'get'>,
  parties: Parties,
): Promise<Consent | undefined> {
  const found = await store.get(consentCollection, consentId(parties.person.id, parties.clientId));
  return found && holds(found, parties) ? found : undefined;
}

export function holds(
  consent: Consent,
  { person, organisation, client }: Omit<Parties, 'clientId'>,
): boolean {
  return (
    !consent.gone &&
    person.active &&
    consent.epoch === person.consentEpoch &&
    consent.registration === registrationOf(client) &&
    isOpenSince(client, { person, organisation }, consent.grantedAt)
  );
}

/** Is all of it allowed, so that nothing has to be asked? */
export function covers(consent: Consent | undefined, asked: Requested): consent is Consent {
  return consent !== undefined && isNothing(missingOf(asked, consent));
}

/**
 * Adds what was allowed now to what held before, in one write: of two tabs that allow different things,
 * both are kept. `event` is recorded with it.
 */
export async function giveConsent(
  store: Pick<Store, 'update'>,
  parties: Parties,
  allowed: Requested,
  { event, now }: { event: AuditEvent; now: number },
): Promise<Consent> {
  const { person, clientId, client } = parties;
  const fresh = randomBytes(12).toString('base64url');
  return store.update(
    consentCollection,
    consentId(person.id, clientId),
    (current): Change<Consent, Consent> => {
      const before = current && holds(current, parties) ? current : undefined;
      const put: Consent = {
        id: before?.id ?? fresh,
        person: person.id,
        client: clientId,
        scopes: union(before?.scopes, allowed.scopes),
        claims: union(before?.claims, allowed.claims),
        grantedAt: before?.grantedAt ?? now,
        updatedAt: now,
        epoch: person.consentEpoch,
        registration: registrationOf(client),
        ...withMessages(current ?? {}, { event }),
      };
      return { put, result: put };
    },
  );
}

/**
 * Takes the consent away, with what is told of it in the same write. `false`: there was none, and
 * nothing was written. `isDue` is asked of the document as it is then.
 */
export async function endConsent(
  store: Pick<Store, 'update'>,
  id: string,
  messages: readonly OutboxMessage[] = [],
  isDue: (consent: Consent) => boolean = () => true,
): Promise<boolean> {
  return store.update(consentCollection, id, (current): Change<Consent, boolean> => {
    if (!current || current.gone || !isDue(current)) return { result: false };
    const put = { ...current, ...withMessages(current, ...messages), gone: true as const };
    // The last of its messages takes the document along.
    return outboxIndex(put) ? { put, result: true } : { remove: true, result: true };
  });
}

/** Of the person, whether or not they hold. */
export async function consentsOf(
  store: Pick<Store, 'find'>,
  { id }: Pick<Person, 'id'>,
): Promise<Entry<Consent>[]> {
  const query = { index: 'person', equals: id, limit: 200 };
  return Array.fromAsync(entries((after) => store.find(consentCollection, { ...query, after })));
}

function union(before: readonly string[] = [], more: readonly string[]): string[] {
  return [...new Set([...before, ...more])].toSorted();
}
