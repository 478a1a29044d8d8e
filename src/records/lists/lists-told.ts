/** That lists have to follow a person's document rides in it, from the write that makes something in them different. */
import { randomBytes } from 'node:crypto';
import { withMessages, type MessageCarrier, type OutboxMessage } from '../../outbox/message.ts';
import { fold } from '../../text/fold.ts';

/** What a person's document has to do with it, besides what lists show. */
interface Listed extends MessageCarrier {
  id: string;
  login: string;
  /** Ids. */
  groups?: readonly string[];
  removedAt?: number;
}

/** Fields that no list shows; everything else, those of a new factor among them, is followed. */
const UNLISTED: ReadonlySet<string> = new Set([
  'groups',
  'factors',
  'trustedDays',
  'epoch',
  'appsToldEpoch',
  'trustEpoch',
  'consentEpoch',
  'passwordHash',
  'pendingAuthenticator',
  'retiredAuthenticators',
  'passcodes',
  'emailBarredSince',
  'addressCheck',
  'enrolmentCode',
  'requests',
  'temporaryCode',
  'language',
  'readsIn',
  'provenEmail',
  'remindedAt',
  'postings',
  'gone',
]);

/** As it is to be written. `before`: undefined where there was nobody. */
export function withListsTold<T extends Listed>(before: T | undefined, after: T): T {
  const [was, is] = [groupsOf(before), groupsOf(after)];
  const isRenamed = before !== undefined && fold(before.login) !== fold(after.login);
  const all = [...new Set([...was, ...is])];
  const groups = all.filter((id) => isRenamed || was.includes(id) !== is.includes(id));
  if (groups.length === 0 && !isListedOtherwise(before, after)) return after;
  return { ...after, ...withMessages(after, listsToFollow(after.id, groups)) };
}

/** The message that has the list of people follow, and those of these groups. `person`: subject identifier. */
export function listsToFollow(person: string, groups: readonly string[] = []): OutboxMessage {
  return { memberships: { id: randomBytes(16).toString('base64url'), person, groups } };
}

function isListedOtherwise(before: object | undefined, after: object): boolean {
  const was = before as Readonly<Record<string, unknown>> | undefined;
  return Object.entries(after).some(
    ([field, value]) =>
      !UNLISTED.has(field) && JSON.stringify(was?.[field]) !== JSON.stringify(value),
  );
}

function groupsOf(person: Listed | undefined): readonly string[] {
  return person?.removedAt === undefined ? (person?.groups ?? []) : [];
}
