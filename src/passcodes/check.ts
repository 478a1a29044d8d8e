/**
 * What a mail server asks: may this person read mail with that? A passcode is compared first, as that
 * is cheap and right most of the time; whatever fails takes a try, and is answered in the same time
 * whoever it was for. Wrong passcodes never count against their owner's sign-in, and a right one is
 * accepted however many wrong ones came before it: what is limited are the wrong ones.
 */
import { getOrganisation } from '../records/organisation.ts';
import type { Passwords } from '../factors/password.ts';
import { fold } from '../text/fold.ts';
import { findPerson, NOBODY, type Person } from '../records/person.ts';
import { eventAbout, type Performed } from '../audit/performed.ts';
import type { Relay } from '../outbox/relay.ts';
import { attempt } from '../throttling/attempt.ts';
import {
  ADDRESS_RULE,
  PASSWORD_RULE,
  addressCounter,
  passwordCounter,
} from '../throttling/attempts.ts';
import { isEnrolled } from '../policy/factors.ts';
import { isActive, requiredFrom } from '../policy/assurance.ts';
import type { NoteAppUse } from '../records/lists/app-use.ts';
import type { Vault } from '../secrets/vault.ts';
import type { Store } from '../storage/store.ts';
import { addressBlock } from '../net/address.ts';
import { hashPasscodeAnew } from './hash-anew.ts';
import { judgePasscode, sixteenLetters, type MailAccess } from './passcode.ts';
import type { NoteUse } from './note-use.ts';

export interface CheckParts {
  store: Store;
  vault: Vault;
  passwords: Passwords;
  relay: Pick<Relay, 'refuse' | 'sometime'>;
  noteUse: NoteUse;
  noteAppUse: NoteAppUse;
}

export type MailVerdict =
  | { verdict: 'accepted'; person: Person }
  | { verdict: 'wrong' }
  /** Too many wrong ones; seconds until another is looked at. */
  | { verdict: 'wait'; seconds: number };

export interface MailTry {
  /** Login name or mailbox address. */
  username: string;
  password: string;
  access: MailAccess;
  /** May they use that mail server, by that protocol? Asked of nobody in particular too. */
  mayUse(person: Pick<Person, 'organisation' | 'groups'>): Promise<boolean>;
}

export async function checkMailTry(
  parts: CheckParts,
  given: MailTry,
  performed: Performed,
): Promise<MailVerdict> {
  const found = await findPerson(parts.store, given.username);
  const isOpen = await given.mayUse(found ?? { organisation: NOBODY, groups: [] });
  const person = isOpen && found && isActive(found, performed.now) ? found : undefined;
  const letters = sixteenLetters(given.password);
  if (letters !== undefined) {
    const whose = person ?? { id: NOBODY, passcodes: [] };
    const judged = judgePasscode(parts.vault, whose, letters, given.access, performed.now);
    if (person && judged.verdict === 'accepted') {
      parts.noteUse(person, judged.passcode, given.access, performed);
      hashPasscodeAnew(parts, person, judged.passcode, `${person.id} ${letters}`);
      return { verdict: 'accepted', person };
    }
    if (person && judged.verdict === 'refused') {
      const { passcode, reason } = judged;
      return refuseTry(parts, { given, person, performed }, { passcode: passcode.id, reason });
    }
  }
  return checkPassword(parts, { given, person, performed });
}

interface Case {
  given: MailTry;
  person: Person | undefined;
  performed: Performed;
}

/** The main password, where nothing more is asked of the person; for everybody else, as long and in vain. */
async function checkPassword(parts: CheckParts, at: Case): Promise<MailVerdict> {
  const { given, person, performed } = at;
  const { passwords, relay } = parts;
  const alone = (await mayUsePassword(parts, person)) ? person : undefined;
  const hash = alone?.passwordHash ?? null;
  return tryIt(parts, at, alone, {
    async compare() {
      const matches = await passwords.matches(given.password, hash, given.username);
      if (!matches || !alone) return { verdict: 'wrong' };
      noteMainPassword(parts, alone, performed);
      return { verdict: 'accepted', person: alone };
    },
    recordWrong() {
      if (!alone) return;
      const about = { type: 'sign-in.password', outcome: 'refused' } as const;
      const { event } = eventAbout(alone, performed, { ...about, reasons: ['wrong-password'] });
      // Not waited for: an answer, or the next one, that is slower for somebody tells that they are.
      relay.sometime(() => relay.refuse(event));
    },
  });
}

/** For whoever brings an organisation to a second factor: these mail programs will need a passcode. */
function noteMainPassword(
  { noteAppUse }: CheckParts,
  { id }: Person,
  { origin, now }: Performed,
): void {
  if (origin.client !== null)
    noteAppUse({ person: id, client: origin.client, at: now, byPassword: true });
}

/** Mail refuses it as soon as a second factor is required or there is one. Nobody takes as many steps. */
async function mayUsePassword({ store }: CheckParts, person: Person | undefined): Promise<boolean> {
  const organisation = await getOrganisation(store, person?.organisation ?? NOBODY);
  if (!person || !organisation || isEnrolled(person)) return false;
  return requiredFrom({ person, organisation }) === undefined;
}

/** Passcodes have a counter of their own; the main password counts as it does at the sign-in. */
async function tryIt(
  { store, vault }: CheckParts,
  { given, performed }: Case,
  alone: Person | undefined,
  { compare, recordWrong }: { compare(): Promise<Compared>; recordWrong(): unknown },
): Promise<MailVerdict> {
  const block = addressBlock(given.access.address ?? performed.origin.address ?? '');
  const address = { id: addressCounter(vault.hash('mail address', block)), rule: ADDRESS_RULE };
  const id = alone
    ? passwordCounter({ person: alone.id, known: undefined })
    : `passcode:${vault.hash('mail name', fold(given.username))}`;
  const own = { id, rule: PASSWORD_RULE };
  const tries = [{ counters: [address, own], compare, clears: [own] }];
  const tried = await attempt(store, tries, performed.now, {
    refused: ([why]) => (why && 'verdict' in why ? recordWrong() : undefined),
  });
  if (tried.accepted) return tried.accepted;
  const [why] = tried.refused;
  if (!why || 'verdict' in why) return { verdict: 'wrong' };
  return { verdict: 'wait', seconds: why.reason === 'wait' ? why.seconds : 60 };
}

type Compared = { verdict: 'accepted'; person: Person } | { verdict: 'wrong' };

/** A right passcode where it may not be used: told in the log, as often as wrong ones are looked at. */
async function refuseTry(
  parts: CheckParts,
  at: Case & { person: Person },
  { passcode, reason }: { passcode: string; reason: string },
): Promise<MailVerdict> {
  const { person, performed, given } = at;
  const details = { passcode, protocol: given.access.protocol ?? '' };
  const about = {
    type: 'passcode.refused',
    outcome: 'refused',
    reasons: [reason],
    details,
  } as const;
  return tryIt(parts, at, undefined, {
    compare: async () => ({ verdict: 'wrong' }),
    recordWrong: () => parts.relay.refuse(eventAbout(person, performed, about).event),
  });
}
