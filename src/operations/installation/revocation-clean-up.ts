/**
 * What follows a new epoch at leisure. Raising it ends everything at once; here the apps are told, and
 * what nobody can use any more is removed. The person's document says itself that it is due (its index
 * `appsToTell`), whoever raised the epoch and wherever, so nothing is forgotten when a process is killed.
 */
import { changePerson, isRemoved, personCollection, type Person } from '../../records/person.ts';
import { forgetPerson } from '../people/remove-person.ts';
import type { Logger } from 'pino';
import { entries } from '../../storage/pages.ts';
import type { Store } from '../../storage/store.ts';
import { createLoop, type Loop } from '../../timing/loop.ts';
import { grantCollection } from '../../records/stored-model.ts';
import { grantsOf } from '../account/apps.ts';
import { type Consent } from '../../records/consent.ts';
import { consentsOf, endConsent } from '../../oidc/authorization/consents.ts';
import { sessionCollection, type StoredSession } from '../../records/session.ts';
import { endStoredSession, type EndingParts } from '../../oidc/logout/session-ending.ts';

export interface RevocationCleanUpParts extends EndingParts {
  log: Logger;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Settled: everybody who was due at the call has been seen to. `close` waits for the person at hand. */
export type RevocationCleanUp = Pick<Loop, 'settle' | 'close'>;

/** Milliseconds between two looks for people who are due. */
const LOOK_EVERY = 2000;

export function startRevocationCleanUp(parts: RevocationCleanUpParts): RevocationCleanUp {
  const loop = createLoop((isClosed) => cleanUpAll(parts, isClosed), {
    every: LOOK_EVERY,
    failed: (err) => parts.log.warn({ err }, 'people with a new epoch cannot be found'),
  });
  loop.start();
  return loop;
}

async function cleanUpAll(parts: RevocationCleanUpParts, stopped: () => boolean): Promise<void> {
  const toTell = { index: 'appsToTell', equals: 1 };
  const people = entries((after) => parts.store.find(personCollection, { ...toTell, after }));
  for await (const { id } of people) {
    if (stopped()) return;
    await cleanUp(parts, id, parts.now()).catch((err: unknown) =>
      parts.log.error({ err }, 'what follows a new epoch could not be done'),
    );
  }
}

/** May run twice at once, and be broken off anywhere. */
async function cleanUp(parts: EndingParts, id: string, now: number): Promise<void> {
  const { store } = parts;
  // As it is stored: of somebody who was removed too.
  const person = await store.get(personCollection, id);
  if (!person) return;
  for await (const session of sessionsBefore(store, person)) {
    const mayEnd = (one: StoredSession): boolean =>
      one.payload.accountId === id && isBefore(one, person);
    // Whatever raised the epoch has ended all of it; of the causes that do, any will do here.
    const ending = { mayEnd, cause: 'not-me', messages: [], now } as const;
    await endStoredSession(parts, session, ending);
  }
  const dead = (await grantsOf(store, person)).filter(({ value }) => isBefore(value, person));
  await Promise.all(dead.map((grant) => store.delete(grantCollection, grant.id)));
  await endLapsedConsents(store, person);
  if (isRemoved(person)) return forgetPerson(parts, person, now);
  await changePerson(store, id, ({ appsToldEpoch = 1 }) =>
    appsToldEpoch < person.epoch
      ? { set: { appsToldEpoch: person.epoch }, result: undefined }
      : { result: undefined },
  );
}

async function endLapsedConsents(store: Store, person: Person): Promise<void> {
  const isLapsed = ({ epoch }: Consent): boolean => epoch < (person.consentEpoch ?? 1);
  const lapsed = (await consentsOf(store, person)).filter(({ value }) => isLapsed(value));
  await Promise.all(lapsed.map(({ id }) => endConsent(store, id, [], isLapsed)));
}

async function* sessionsBefore(store: Store, person: Person): AsyncGenerator<string> {
  const query = { index: 'person', equals: person.id, limit: 200 };
  const all = entries((after) => store.find(sessionCollection, { ...query, after }));
  for await (const { id, value } of all) if (isBefore(value, person)) yield id;
}

const isBefore = ({ epoch }: { epoch?: number | undefined }, person: Person): boolean =>
  epoch !== undefined && epoch < person.epoch;
