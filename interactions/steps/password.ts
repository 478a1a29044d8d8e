/** Login name and password. */
import { finished } from 'node:stream/promises';
import { z } from 'zod';
import { fold } from '../../src/text/fold.ts';
import { findPerson, NOBODY, type Person } from '../../src/records/person.ts';
import {
  ADDRESS_RULE,
  PASSWORD_RULE,
  SPRAY,
  addressCounter,
  forgiveAttempts,
  passwordCounter,
  returnAttempt,
  suspensionToTell,
  takeAttempt,
  unknownNameCounter,
  type Taken,
} from '../../src/throttling/attempts.ts';
import { ACCOUNT_CLIENT } from '../../src/oidc/clients/account-client.ts';
import { NOTHING_PROVEN } from '../../src/records/sign-in.ts';
import { parseFields, text } from '../../src/web/forms.ts';
import type { Notice } from '../../src/web/pages.ts';
import { addressBlock } from '../../src/net/address.ts';
import { forgotPath } from '../../src/web/return-to.ts';
import { countedFor } from '../parts/attempts.ts';
import { trustProof } from '../parts/computer.ts';
import { daysToPostpone } from '../parts/other-ways.ts';
import { passkeyOffer } from '../parts/passkey-challenge.ts';
import { changeVisit, eventOf, recordRefusal } from '../parts/report.ts';
import type { Answer, Step, Visit } from '../step.ts';
import { wantsAnother } from '../visit.ts';

const form = z.object({
  login: text(255).pipe(z.string().min(1, 'login-required')),
  password: text(1024).pipe(z.string().min(1, 'password-required')),
});

export const password: Step = {
  name: 'password',

  async show(visit) {
    const again: Notice = { code: 'signed-in-again', values: {} };
    return page(visit, await expectedLogin(visit), {
      problem: visit.record.stage === 'again' ? again : null,
    });
  },

  async submit(visit, fields) {
    const parsed = parseFields(form, fields);
    if (!parsed.ok)
      return page(visit, fields['login'] ?? '', { errors: parsed.errors, status: 400 });
    const { login, password: given } = parsed.values;
    const person = await findPerson(visit.parts.store, login);
    const counters = await countersOf(visit, login, person);
    const tries = await takeTries(visit, person, counters);
    if ('seconds' in tries) {
      const problem = { code: 'wait', values: { seconds: tries.seconds } };
      return page(visit, login, { problem, status: 429 });
    }
    const matches = await isPassword(visit, person, given);
    if (!person || !matches) {
      recordWrong(visit, person);
      await alertSpray(visit, counters);
      return page(visit, login, { problem: { code: 'wrong-password', values: {} }, status: 400 });
    }
    await Promise.all([giveBack(visit, counters, tries), proven(visit, person)]);
    return { next: true };
  },
};

/**
 * Of the person that the client's ID token names, since nobody else's sign-in would do; else of the one
 * who was chosen here; else what the client hints at, else of whoever is here already.
 */
async function expectedLogin(visit: Visit): Promise<string> {
  const { parts, record } = visit;
  const { params, prompt } = record.payload;
  const subject = (prompt?.details as { subject?: string } | undefined)?.subject;
  const person = subject === undefined ? undefined : await parts.people.get(undefined, subject);
  if (person?.active) return person.login;
  if (record.accountChosen && visit.person) return visit.person.login;
  const { login_hint: hint } = params ?? {};
  if (typeof hint === 'string') return hint.slice(0, 255);
  return wantsAnother(record) ? '' : (visit.person?.login ?? '');
}

/**
 * Not waited for, and not at once: it takes another time for somebody than for nobody, and the answer, or
 * the next one, would tell.
 */
function recordWrong(visit: Visit, person: Person | undefined): void {
  const { parts, ctx } = visit;
  parts.relay.sometime(async () => {
    await finished(ctx.res).catch(() => {});
    await recordRefusal(visit, 'sign-in.password', ['wrong-password'], aboutWhom(person));
  });
}

const aboutWhom = (person: Person | undefined): { person: Person | undefined } => ({ person });

interface Counters {
  password: string;
  /** Undefined on a computer that is known to be the person's: they don't pay for their neighbours. */
  address: string | undefined;
}

async function countersOf(
  visit: Visit,
  login: string,
  person: Person | undefined,
): Promise<Counters> {
  const { vault } = visit.parts;
  const address = addressCounter(vault.hash('address', addressBlock(visit.origin.address ?? '')));
  // In as many steps for a name that nobody has.
  const counted = await countedFor(visit, person?.id ?? NOBODY);
  if (!person) return { password: unknownNameCounter(vault.hash('login', fold(login))), address };
  const isTheirs = counted.known !== undefined;
  return { password: passwordCounter(counted), address: isTheirs ? undefined : address };
}

/** How many failures there are with this try, should it fail: of the person, and of the address. */
interface Taking {
  failures: number;
  fromAddress: number;
}
type Tries = Taking | { seconds: number };

async function takeTries(
  visit: Visit,
  person: Person | undefined,
  { password: own, address }: Counters,
): Promise<Tries> {
  const { store } = visit.parts;
  const from =
    address === undefined ? undefined : await takeAttempt(store, address, ADDRESS_RULE, visit.now);
  // It is the address that is refused: whoever's name is typed there has nothing to do with it.
  if (from?.taken === false) return { seconds: await refused(visit, undefined, from) };
  const fromAddress = from?.failures ?? 0;
  const taken = await takeAttempt(store, own, PASSWORD_RULE, visit.now);
  if (taken.taken) return { failures: taken.failures, fromAddress };
  // It is not evaluated: an impatient person must not slow their neighbours down.
  if (address !== undefined) await returnAttempt(store, address, fromAddress);
  return { seconds: await refused(visit, person, taken) };
}

async function refused(
  visit: Visit,
  person: Person | undefined,
  why: Exclude<Taken, { taken: true }>,
): Promise<number> {
  await recordRefusal(visit, 'sign-in.password', [why.reason], aboutWhom(person));
  return why.reason === 'wait' ? why.seconds : 0;
}

/** Many wrong passwords from one place, whoever they were for: somebody should look, once. */
async function alertSpray(visit: Visit, { address }: Counters): Promise<void> {
  const rule = { ...ADDRESS_RULE, suspendAt: SPRAY };
  const { log, store } = visit.parts;
  if (address === undefined || !(await suspensionToTell(store, address, rule))) return;
  log.warn({ address: visit.origin.address }, 'many wrong passwords from one address');
  await recordRefusal(visit, 'attempts.spray', ['many wrong passwords from one address'], {
    person: undefined,
  });
}

async function isPassword(
  { parts }: Visit,
  person: Person | undefined,
  given: string,
): Promise<boolean> {
  return parts.passwords.matches(given, person?.active ? person.passwordHash : null);
}

async function giveBack(
  { parts, now }: Visit,
  { password: own, address }: Counters,
  { failures, fromAddress }: Taking,
): Promise<void> {
  await Promise.all([
    forgiveAttempts(parts.store, own, PASSWORD_RULE, failures, now),
    ...(address === undefined ? [] : [returnAttempt(parts.store, address, fromAddress)]),
  ]);
}

/** Whatever was proven here for somebody else, or under an older epoch, is gone with this. */
async function proven(visit: Visit, person: Person): Promise<void> {
  const trusted = await trustProof(visit, person);
  const about = { person, details: trusted.length > 0 ? { computer: 'trusted' } : {} };
  await changeVisit(
    visit,
    (record) => {
      const begunBy = record.person ?? (visit.person?.id === person.id ? visit.person : undefined);
      const same = begunBy?.id === person.id && begunBy.epoch === person.epoch;
      const before = same ? record : { ...record, ...structuredClone(NOTHING_PROVEN) };
      return {
        ...before,
        person: { id: person.id, epoch: person.epoch },
        proofs: [...before.proofs, { method: 'password', at: visit.now }, ...trusted],
        stage: 'sign-in',
      };
    },
    [{ event: eventOf(visit, 'sign-in.password', about) }],
  );
}

function page(
  visit: Visit,
  login: string,
  said: { problem?: Notice | null; errors?: Record<string, string>; status?: number },
): Answer {
  const { problem = null, errors = {}, status = 200 } = said;
  // Where no mail can be sent there is no link to ask for.
  const forgot =
    visit.parts.config.mail.smtp_url === undefined ? null : forgotPath(visit.uid, visit.client.id);
  const passkey = passkeyOffer(visit);
  // Somebody who is signed in is about to look at, or change, something of their account.
  const { session } = visit.record.payload;
  const inAccount = visit.client.id === ACCOUNT_CLIENT && session !== undefined;
  const { setUpPage, newCodes } = visit.record;
  const confirming = inAccount || setUpPage?.due === true || newCodes === 'wanted';
  const later = { postpone: daysToPostpone(visit), skip: newCodes === 'wanted' };
  const shown = { client: visit.client, login, confirming, ...later };
  const context = { ...shown, problem, errors, passkey, forgot };
  return { show: 'interactions/password', context, status };
}
