/**
 * What happened to a person's account, as they are shown it: the events that mean something to them,
 * without what only an operator should see (reasons, identifiers).
 */
import { browserName } from '../text/browser-name.ts';
import { pages } from '../storage/pages.ts';
import type { Page, Store } from '../storage/store.ts';
import { remembering } from '../timing/remembering.ts';
import { addressText } from '../net/address.ts';
import { placeAt } from '../storage/place-at.ts';
import { auditCollection, eventsAbout, type AuditEvent, type EventType } from './event.ts';

export interface Activity {
  id: string;
  type: EventType;
  /** Milliseconds since the epoch. */
  at: number;
  outcome: AuditEvent['outcome'];
  /** The person in a browser, or the operator. */
  actor: AuditEvent['actor'];
  /** Such as `Firefox on Windows`; null: no browser was there. */
  browser: string | null;
  /** Such as `203.0.113.7`; null: none is known. */
  address: string | null;
  /** The app's name; null: it was about none. */
  app: string | null;
  /** Of the table of factors, or `trusted-computer`, `none`, `enrolment-code`, as the event says; null: it says none. */
  factor: string | null;
  /** How many of the same it stands for, after one that is an event of its own; absent: it is one. */
  further?: number;
}

export interface ActivityPage {
  items: Activity[];
  /** Give this as `before` for older ones; absent on the last page. Opaque. */
  next?: string;
}

/** Steps of a sign-in that went well are left to its end to tell; those that were refused are not. */
const SHOWN: Readonly<Partial<Record<EventType, 'always' | 'refused'>>> = {
  'sign-in.password': 'refused',
  'sign-in.factor': 'refused',
  'sign-in.completed': 'always',
  'sign-in.refused': 'always',
  'sign-out': 'always',
  'session.ended': 'always',
  'access.allowed': 'always',
  'access.withdrawn': 'always',
  'device.allowed': 'always',
  'code.refused': 'always',
  'factor.enrolled': 'always',
  'factor.renamed': 'always',
  'factor.removed': 'always',
  'mfa.disabled': 'always',
  'factors.reset': 'always',
  'approval.asked': 'always',
  'temporary-code.made': 'always',
  'temporary-code.used': 'always',
  'one-time-codes.made': 'always',
  'one-time-codes.viewed': 'always',
  'one-time-code.used': 'always',
  'computer.trusted': 'always',
  'computer.renamed': 'always',
  'computer.revoked': 'always',
  'computer.theft': 'always',
  'computer.new': 'always',
  'attempts.suspended': 'always',
  'attempts.unlocked': 'always',
  'passcode.made': 'always',
  'passcode.revoked': 'always',
  'passcode.refused': 'always',
  'passcode.shared': 'always',
  'password.set': 'always',
  'password.changed': 'always',
  'password.link': 'always',
  'address.verified': 'always',
  'address.removed': 'always',
  'person.grace-extended': 'always',
  'person.locked-down': 'always',
  'everything.ended': 'always',
};

const DEFAULT_LIMIT = 25;
const MOST = 100;
/** Events that are read at once: most pages are in the first ones, some people's are behind thousands that aren't shown. */
const FIRST_READ = 50;
const READ_ON = 1_000;

/** Newest first. `appName`: of that `client_id`, as people are told it; null: it is gone. */
export async function recentActivity(
  store: Pick<Store, 'find'>,
  person: string,
  options: {
    appName: NameOf;
    before?: string | undefined;
    limit?: number;
    /** No other, and only as far back as two reads go: behind very many others none is found. */
    only?: EventType;
  },
): Promise<ActivityPage> {
  const limit = Math.min(options.limit ?? DEFAULT_LIMIT, MOST);
  const older = readCursor(options.before);
  const wanted = { older, only: options.only, least: limit + 1 };
  const found = (await shownFrom(store, person, wanted)).toSorted(newestFirst);
  const events = found.slice(0, limit);
  const last = events.at(-1);
  const nameOf = remembering(options.appName);
  const items = await Promise.all(events.map((event) => reduced(event, nameOf)));
  return found.length > limit && last ? { items, next: `${last.at} ${last.id}` } : { items };
}

interface Place {
  at: number;
  id: string;
}

/** What is no place is the newest end. */
function readCursor(text: string | undefined): Place | undefined {
  const [, at, id = ''] = /^(\d{1,15}) ([\w-]{1,64})$/u.exec(text ?? '') ?? [];
  return at === undefined ? undefined : { at: Number(at), id };
}

const newestFirst = (a: Place, b: Place): number =>
  b.at - a.at || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);

const isBefore = (event: Place, place: Place): boolean => newestFirst(place, event) < 0;

/** At least so many, unless there are no more; of those that happened at the same moment, all. */
async function shownFrom(
  store: Pick<Store, 'find'>,
  person: string,
  wanted: { older: Place | undefined; only: EventType | undefined; least: number },
): Promise<AuditEvent[]> {
  const { older, only, least } = wanted;
  const below = placeAt(person, older ? older.at + 1 : Infinity);
  const query = { ...eventsAbout(person), below, descending: true };
  const found: AuditEvent[] = [];
  const read = (after: string | undefined): Promise<Page<AuditEvent>> =>
    store.find(auditCollection, {
      ...query,
      limit: after === undefined ? FIRST_READ : READ_ON,
      after,
    });
  let reads = 0;
  for await (const { items } of pages(read)) {
    for (const { value: event } of items) {
      if (found.length >= least && event.at !== found.at(-1)?.at) return found;
      if (!(only ? event.type === only : isShown(event))) continue;
      if (!older || isBefore(event, older)) found.push(event);
    }
    reads += 1;
    if (only && reads === 2) return found;
  }
  return found;
}

function isShown({ type, outcome }: AuditEvent): boolean {
  const shown = SHOWN[type];
  return shown === 'always' || (shown === 'refused' && outcome === 'refused');
}

type NameOf = (client: string) => Promise<string | null>;

async function reduced(event: AuditEvent, nameOf: NameOf): Promise<Activity> {
  const { id, type, at, outcome, actor, userAgent, details } = event;
  const about = details['client'];
  const clientId = typeof about === 'string' ? about : event.client;
  const { asked, factor = asked, further } = details;
  return {
    id,
    type,
    at,
    outcome,
    actor,
    browser: userAgent === null ? null : browserName(userAgent),
    address: addressText(event.address) || null,
    app: clientId === null ? null : await nameOf(clientId),
    factor: typeof factor === 'string' ? factor : null,
    ...(typeof further === 'number' ? { further } : {}),
  };
}
