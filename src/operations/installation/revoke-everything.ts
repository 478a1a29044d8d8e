/**
 * Ends everything that was ever issued, to everybody: after a restore, what had been ended or used up
 * since the backup is there again, and nobody can tell which. Each document is one conditional write,
 * so it may run beside a server, be broken off, and run again.
 */
import type { AuditEvent } from '../../audit/event.ts';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { resultOf, type Result } from '../../result.ts';
import { permission } from '../permission.ts';
import { recordEvent } from './record-event.ts';
import type { MessageCarrier } from '../../outbox/message.ts';
import { trustedComputerCollection } from '../../devices/trusted-computer.ts';
import { passcodeUseCollection } from '../../passcodes/use.ts';
import { consentCollection } from '../../records/consent.ts';
import { sessionCollection } from '../../records/session.ts';
import { mailCollection } from '../../mail/queue.ts';
import { modelCollections } from '../../records/stored-model.ts';
import { signInCollection } from '../../records/sign-in.ts';
import { pages } from '../../storage/pages.ts';
import type { Change, Collection, Page, Store } from '../../storage/store.ts';
import { linkCollection } from '../../records/link.ts';
import { organisationCollection } from '../../records/organisation.ts';
import { isRemoved, personCollection, type Person } from '../../records/person.ts';
import { endedBy } from '../../policy/revocation/ended-fields.ts';

/** How many of each were ended. */
export interface Revoked {
  /** Sessions, refresh tokens, trusted computers and all else that was issued to them. */
  people: number;
  /** Sets of one-time codes. */
  oneTimeCodes: number;
  /** Application passcodes of mail programs. */
  passcodes: number;
  /** Codes handed over after a reset. */
  enrolmentCodes: number;
  links: number;
  /** Codes by mail. */
  emailCodes: number;
  /** Mails that were waiting. */
  mails: number;
  /** Access tokens of clients in their own right. */
  clientTokens: number;
}

export interface RevokeParts {
  store: Store;
  /** How long events are kept, in seconds. */
  auditRetention: number;
  /** Milliseconds since the epoch: it takes as long as there are people. */
  now(): number;
  /** Told now and then of what was done so far. */
  onProgress?: (revoked: Revoked) => void;
  /** What follows from an event, before it is recorded (server/outbox.ts). */
  follow?: ((event: AuditEvent) => Promise<unknown>) | undefined;
}

/** The document afterwards, and what that counts as; undefined when nothing of it is alive. */
interface Ended<T> {
  change: { put: T } | { remove: true };
  counts: Partial<Revoked>;
}

interface Ending<T> {
  kind: Collection<T>;
  end(value: T, now: number): Ended<T> | undefined;
}

const ending = <T>(kind: Collection<T>, end: Ending<T>['end']): Ending<any> => ({ kind, end });

/** Of what else mails ride in (server/outbox.ts); what is `gone` tells no less than the rest. */
const endingOfMails = <T extends MessageCarrier>(kind: Collection<T>): Ending<any> =>
  ending(kind, (carrier) => {
    const { rest, mails } = withoutMails(carrier);
    return mails > 0 ? { change: { put: { ...carrier, ...rest } }, counts: { mails } } : undefined;
  });

const ENDINGS: readonly Ending<any>[] = [
  ending(personCollection, (person, now) => {
    if (isRemoved(person)) return undefined;
    const { rest, mails } = withoutMails(person);
    const counts = {
      people: 1,
      oneTimeCodes: person.oneTimeCodes ? 1 : 0,
      passcodes: person.passcodes?.length ?? 0,
      enrolmentCodes: person.enrolmentCode && person.enrolmentCode.expiresAt > now ? 1 : 0,
      mails,
    };
    return { change: { put: { ...person, ...ended(person), ...rest } }, counts };
  }),
  ending(linkCollection, (link, now) => {
    if (link.spent || link.expiresAt <= now) return undefined;
    return { change: { put: { ...link, spent: true } }, counts: { links: 1 } };
  }),
  ending(signInCollection, (record, now) => {
    const alive = record.emailCodes.filter(({ used, expiresAt }) => !used && expiresAt > now);
    const { rest, mails } = withoutMails(record);
    if (alive.length === 0 && mails === 0) return undefined;
    const emailCodes = record.emailCodes.map((code) =>
      alive.includes(code) ? { ...code, expiresAt: now } : code,
    );
    const change = { put: { ...record, emailCodes, ...rest } };
    return { change, counts: { emailCodes: alive.length, mails } };
  }),
  endingOfMails(organisationCollection),
  endingOfMails(sessionCollection),
  endingOfMails(consentCollection),
  endingOfMails(trustedComputerCollection),
  endingOfMails(passcodeUseCollection),
  // After those that mails ride in, so that none gets here behind us.
  ending(mailCollection, (mail) => {
    if (mail.state !== 'queued') return undefined;
    const change = { put: { ...mail, sealed: null, lease: null, state: 'expired' as const } };
    return { change, counts: { mails: 1 } };
  }),
  ...clientTokens(),
];

function clientTokens(): Ending<any>[] {
  const { ClientCredentials: tokens } = modelCollections;
  if (!tokens) return [];
  const end = { change: { remove: true as const }, counts: { clientTokens: 1 } };
  return [ending(tokens, () => end)];
}

function ended(person: Person): Partial<Person> {
  return { ...endedBy(person, 'restored'), oneTimeCodes: null };
}

/** They may have been sent already. All else is kept. */
function withoutMails({ postings = [] }: MessageCarrier): { rest: MessageCarrier; mails: number } {
  const kept = postings.filter((message) => !('mail' in message));
  const mails = postings.length - kept.length;
  return { rest: mails > 0 ? { postings: kept } : {}, mails };
}

const NOTHING: Revoked = {
  people: 0,
  oneTimeCodes: 0,
  passcodes: 0,
  enrolmentCodes: 0,
  links: 0,
  emailCodes: 0,
  mails: 0,
  clientTokens: 0,
};

/** What `revokeEverything` would end now. */
export function countAlive(
  { store }: Pick<RevokeParts, 'store'>,
  performed: Performed,
): Promise<Result<Revoked>> {
  return resultOf(async () => {
    const may = await permission(store, performed, 'installation.revoke-everything');
    may({});
    return countEach(store, performed.now);
  });
}

async function countEach(store: Store, now: number): Promise<Revoked> {
  const alive = { ...NOTHING };
  for (const { kind, end } of ENDINGS) {
    for await (const { items } of pagesOf(store, kind))
      for (const { value } of items) add(alive, end(value, now)?.counts);
  }
  return alive;
}

/** Recorded before, so that nothing is ended in silence, and after, with the numbers. */
export function revokeEverything(
  parts: RevokeParts,
  performed: Performed,
): Promise<Result<Revoked>> {
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'installation.revoke-everything');
    may({});
    await record(parts, performed, 'begun', {});
    const revoked = await endEach(parts);
    await record(parts, { ...performed, now: parts.now() }, 'finished', revokedFields(revoked));
    return revoked;
  });
}

async function endEach(parts: RevokeParts): Promise<Revoked> {
  const { store } = parts;
  const revoked = { ...NOTHING };
  for (const { kind, end } of ENDINGS) {
    for await (const { items } of pagesOf(store, kind)) {
      await Promise.all(items.map(({ id }) => endOne(parts, { kind, end }, id, revoked)));
      parts.onProgress?.(revoked);
    }
  }
  return revoked;
}

async function endOne(
  { store, now }: RevokeParts,
  { kind, end }: Ending<any>,
  id: string,
  revoked: Revoked,
): Promise<void> {
  const counts = await store.update(kind, id, (value): Change<any, Partial<Revoked>> => {
    const ended = value && end(value, now());
    return ended ? { ...ended.change, result: ended.counts } : { result: {} };
  });
  add(revoked, counts);
}

/** At most this many writes at once. */
const PAGE = 100;

const pagesOf = <T>(store: Store, kind: Collection<T>): AsyncGenerator<Page<T>> =>
  pages((after) => store.scan(kind, { limit: PAGE, after }));

function add(sum: Revoked, counts: Partial<Revoked> = {}): void {
  for (const [name, count] of Object.entries(counts)) sum[name as keyof Revoked] += count;
}

async function record(
  { store, auditRetention, follow }: RevokeParts,
  performed: Performed,
  reason: 'begun' | 'finished',
  details: AuditEvent['details'],
): Promise<void> {
  const content = { type: 'everything.revoked', reasons: [reason], details } as const;
  const message = eventAbout(undefined, performed, content);
  await follow?.(message.event);
  await recordEvent(store, message, auditRetention);
}

/** As events and `--json` name them. */
export function revokedFields(revoked: Revoked) {
  return {
    people: revoked.people,
    one_time_codes: revoked.oneTimeCodes,
    application_passcodes: revoked.passcodes,
    enrolment_codes: revoked.enrolmentCodes,
    links: revoked.links,
    email_codes: revoked.emailCodes,
    mails: revoked.mails,
    client_tokens: revoked.clientTokens,
  };
}
