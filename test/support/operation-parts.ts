/** What operations on an account are made with, on a store of their own; it notes what was written. */
import type { Actor } from '../../src/audit/actor.ts';
import { auditCollection, type AuditEvent } from '../../src/audit/event.ts';
import type { Performed } from '../../src/audit/performed.ts';
import { createNotices } from '../../src/mail/notices.ts';
import { createMailQueue, mailCollection } from '../../src/mail/queue.ts';
import type { MessageCarrier } from '../../src/outbox/message.ts';
import { createRelay, type Relay } from '../../src/outbox/relay.ts';
import type { ProblemCode } from '../../src/problem.ts';
import { newOrganisation, organisationCollection } from '../../src/records/organisation.ts';
import { personCollection, type Person } from '../../src/records/person.ts';
import type { Result } from '../../src/result.ts';
import { createLog } from '../../src/server/log/log.ts';
import { MESSAGE_CARRIERS, messageHandlers } from '../../src/server/outbox.ts';
import type { Collection } from '../../src/storage/store.ts';
import { openFreshStore, type FreshStore } from './fresh-store.ts';
import { aPerson } from './people.ts';
import { noteWrites } from './watched-store.ts';

export interface OperationParts extends FreshStore {
  notices: ReturnType<typeof createNotices>;
  relay: Relay;
  /** Kinds of the documents that were written, in order, since it was emptied. */
  writes: string[];
  /** Somebody new; `writes` begins anew. */
  person(fields?: Partial<Person>): Promise<Person>;
  /** What rides in a document: types of events, templates of mails, `logout`. */
  riding<T extends MessageCarrier>(kind: Collection<T>, id: string): Promise<string[]>;
  /** What is told in the end: events of that type, and mails that were ordered. */
  told(type: AuditEvent['type']): Promise<{ events: AuditEvent[]; mails: string[] }>;
}

export async function openOperationParts(): Promise<OperationParts> {
  const fresh = await openFreshStore();
  const { store, vault } = fresh;
  const acme = newOrganisation({ name: 'Acme', mfa: 'optional' }, fresh.clock.now);
  await store.insert(organisationCollection, acme.id, acme);
  const writes: string[] = [];
  const mail = { smtp_url: 'smtp://127.0.0.1:9', from: 'id@acme.test' } as never;
  const config = { mail, default_language: 'en' } as const;
  const notices = createNotices(vault, config, async () => 'Acme');
  const handlers = messageHandlers(store, createMailQueue(store));
  const { log } = createLog('silent', process.stdout);
  const outbox = {
    store,
    handlers,
    carriers: MESSAGE_CARRIERS,
    auditRetention: 365 * 86_400,
    log,
    now: () => fresh.clock.now,
  };
  const relay = createRelay(outbox);
  noteWrites(store, (_verb, collection) => writes.push(collection));
  let people = 0;
  return {
    ...fresh,
    notices,
    // What rides has to be looked at before it is moved.
    relay: { ...relay, soon() {} },
    writes,
    async person(fields = {}) {
      people += 1;
      const id = `person${people}`;
      const person = aPerson({ id, login: id, email: `${id}@acme.test`, ...fields });
      await store.insert(personCollection, id, person);
      writes.length = 0;
      return person;
    },
    async riding(kind, id) {
      const { postings = [] } = (await store.get(kind, id)) ?? {};
      const told = postings.filter((one) => !('memberships' in one));
      return told.map((one) =>
        'event' in one ? one.event.type : 'mail' in one ? one.mail.template : 'logout',
      );
    },
    async told(type) {
      const own = writes.length;
      await relay.moveAll();
      writes.length = own;
      const { items } = await store.scan(auditCollection, { limit: 1000 });
      const mails = await store.scan(mailCollection, { limit: 1000 });
      return {
        events: items.map(({ value }) => value).filter((event) => event.type === type),
        mails: mails.items.map(({ value }) => value.template),
      };
    },
  };
}

/** By the person themselves, who has just proven who they are, unless told. */
export function performedBy(
  { id }: Pick<Person, 'id'>,
  { clock }: Pick<FreshStore, 'clock'>,
  fields: Partial<Performed> = {},
): Performed {
  const actor: Actor = { kind: 'self', id };
  const origin = { client: null, address: '203.0.113.9', userAgent: null };
  return { actor, origin, language: 'en', fresh: true, now: clock.now, ...fields };
}

/** Undefined: it went well. */
export function problemOf(result: Result<unknown>): ProblemCode | undefined {
  return result.ok ? undefined : result.problem.code;
}
