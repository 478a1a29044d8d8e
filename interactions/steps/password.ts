/** Login name and password. */
import { finished } from 'node:stream/promises';
import { z } from 'zod';
import type { KnownComputer } from '../../src/devices/known-computer.ts';
import { isActive } from '../../src/policy/assurance.ts';
import { NO_PASSWORD, whyNever } from '../../src/policy/explain.ts';
import { fold } from '../../src/text/fold.ts';
import { getOrganisation } from '../../src/records/organisation.ts';
import {
  findName,
  NOBODY,
  personNamed,
  type FoundName,
  type Person,
} from '../../src/records/person.ts';
import {
  attempt,
  type Counter,
  type Known,
  type Refusal,
  type Try,
} from '../../src/throttling/attempt.ts';
import {
  ADDRESS_RULE,
  PASSWORD_RULE,
  SPRAY,
  addressCounter,
  passwordCounter,
  readAttempts,
  suspensionToTell,
  unknownNameCounter,
} from '../../src/throttling/attempts.ts';
import { isOwnClient } from '../../src/oidc/clients/own/own-clients.ts';
import { parseFields, text } from '../../src/web/forms.ts';
import type { Notice } from '../../src/web/pages.ts';
import { addressBlock } from '../../src/net/address.ts';
import { forgotPath } from '../../src/web/return-to.ts';
import { addProof } from '../parts/add-proof.ts';
import { countedFor } from '../parts/counted-for.ts';
import { trustProof } from '../parts/computer.ts';
import { daysToPostpone } from '../parts/other-ways.ts';
import { passkeyOffer } from '../parts/passkey-challenge.ts';
import { recordRefusal } from '../parts/report.ts';
import type { Answer, Step, Visit } from '../step.ts';
import { wantsAnother } from '../visit.ts';

const form = z.object({
  login: text(255).pipe(z.string().min(1, 'login-required')),
  password: text(1024).pipe(z.string().min(1, 'password-required')),
});

export const password: Step<FoundName> = {
  name: 'password',

  async show(visit) {
    const again: Notice = { code: 'signed-in-again', values: {} };
    return passwordPage(visit, await expectedLogin(visit), {
      problem: visit.record.stage === 'again' ? again : null,
    });
  },

  ahead({ parts, fields }) {
    const parsed = parseFields(form, fields);
    return parsed.ok ? findName(parts.store, parsed.values.login) : Promise.resolve(undefined);
  },

  async submit(visit, fields, ahead) {
    const parsed = parseFields(form, fields);
    if (!parsed.ok)
      return passwordPage(visit, fields['login'] ?? '', { errors: parsed.errors, status: 400 });
    const { login, password: given } = parsed.values;
    const { person, counters } = await readTry(visit, login, await ahead);
    const organisation = readBeside(visit, person?.organisation ?? NOBODY);
    const tried = await attempt(
      visit.parts.store,
      [tryOf({ ...visit, organisation }, { person, given, counters })],
      visit.now,
      {
        refused: ([refused], [stopped]) => {
          // It is the address that is refused: whoever's name is typed there has nothing to do with it.
          const isAddress = stopped !== undefined && stopped === counters.address?.id;
          return recordRefused(visit, isAddress ? undefined : person, refused);
        },
        suspended: () => alertSpray(visit, counters),
      },
      counters.reading,
    );
    if (tried.accepted) return { next: tried.followed ?? true };
    return refusedPage(visit, login, tried.refused[0]);
  },
};

type Verdict = { verdict: 'accepted'; person: Person } | { verdict: 'wrong' };
type Refused = Refusal<Verdict> | undefined;

interface Given {
  person: Person | undefined;
  given: string;
  counters: Counters;
}

/** Whatever was proven here for somebody else, or under an older epoch, is gone with this. */
function tryOf(visit: Visit, { person, given, counters }: Given): Try<Verdict, Visit | undefined> {
  const { own, address, computer } = counters;
  return {
    counters: address ? [address, own] : [own],
    async compare() {
      const hash = person && isActive(person, visit.now) ? person.passwordHash : null;
      const matches = await visit.parts.passwords.matches(given, hash, visit.id);
      return person && matches ? { verdict: 'accepted', person } : { verdict: 'wrong' };
    },
    async accepted(verdict, settle) {
      const also = await trustProof(visit, verdict.person);
      const proof = { method: 'password', also, computer } as const;
      return (await addProof(visit, verdict.person, proof, settle)).next;
    },
    clears: [own],
  };
}

function refusedPage(visit: Visit, login: string, refused: Refused): Answer {
  if (!refused || 'verdict' in refused)
    return passwordPage(visit, login, {
      problem: { code: 'wrong-password', values: {} },
      status: 400,
    });
  const seconds = refused.reason === 'wait' ? refused.seconds : 0;
  return passwordPage(visit, login, {
    problem: { code: 'wait', values: { seconds } },
    status: 429,
  });
}

/**
 * Of the person that the client's ID token names, since nobody else's sign-in would do; else of the one
 * who has set a factor up here, or was chosen here; else what the client hints at, else of whoever is here already.
 */
async function expectedLogin(visit: Visit): Promise<string> {
  const { parts, record } = visit;
  const { params, prompt } = record.payload;
  const subject = (prompt?.details as { subject?: string } | undefined)?.subject;
  const person = subject === undefined ? undefined : await parts.people.get(undefined, subject);
  if (person?.active) return person.login;
  if (record.expects) return (await parts.people.get(undefined, record.expects))?.login ?? '';
  if (record.accountChosen && visit.person) return visit.person.login;
  const { login_hint: hint } = params ?? {};
  if (typeof hint === 'string') return hint.slice(0, 255);
  return wantsAnother(record) ? '' : (visit.person?.login ?? '');
}

/**
 * Of a wrong one: not waited for, and not at once. It takes another time for somebody than for nobody,
 * and the answer, or the next one, would tell.
 */
function recordRefused(
  visit: Visit,
  person: Person | undefined,
  refused: Refused,
): Promise<void> | undefined {
  const { parts, ctx } = visit;
  if (refused && 'reason' in refused)
    return recordRefusal(visit, 'sign-in.password', [refused.reason], { person });
  parts.relay.sometime(async () => {
    await finished(ctx.res).catch(() => {});
    await recordRefusal(visit, 'sign-in.password', [whyNot(person, visit.now)], { person });
  });
  return undefined;
}

/** For whoever looks after them. The page says the same of all, as anybody reads it. */
function whyNot(person: Person | undefined, now: number): string {
  if (!person) return 'wrong-password';
  const noPassword = person.passwordHash === null ? NO_PASSWORD : undefined;
  return whyNever(person, now) ?? noPassword ?? 'wrong-password';
}

interface Counters {
  own: Counter;
  /** Undefined on a computer that is known to be the person's: they don't pay for their neighbours. */
  address: Counter | undefined;
  /** As it is known; null: not at all. */
  computer: KnownComputer | null;
  reading: Promise<Known>;
}

/**
 * Who it is and what is counted of them, in one round trip, and in as many steps for a name that nobody has: which of
 * the counters it is, only the person and the computer tell.
 */
async function readTry(
  visit: Visit,
  login: string,
  found: FoundName,
): Promise<{ person: Person | undefined; counters: Counters }> {
  const { vault, store } = visit.parts;
  const block = addressBlock(visit.origin.address ?? '');
  const address = { id: addressCounter(vault.hash('address', block)), rule: ADDRESS_RULE };
  const whose = found?.person ?? NOBODY;
  const ofName = unknownNameCounter(vault.hash('login', fold(login)));
  const ofAccount = passwordCounter({ person: whose, known: undefined });
  const ofComputer = passwordCounter({ person: whose, known: visit.browser });
  const reading = readAttempts(store, [address.id, ofName, ofAccount, ofComputer]);
  const [person, { known, computer }] = await Promise.all([
    personNamed(store, found),
    countedFor(visit, whose),
    reading,
  ]);
  const isTheirs = person !== undefined && known !== undefined;
  const ofThis = isTheirs ? ofComputer : ofAccount;
  const own = { id: person ? ofThis : ofName, rule: PASSWORD_RULE };
  const counters = { own, address: isTheirs ? undefined : address, computer, reading };
  return { person, counters };
}

/** While the try is taken: what a right password is judged by. A failure is told to whoever needs it. */
function readBeside({ parts }: Visit, id: string): NonNullable<Visit['organisation']> {
  const read = getOrganisation(parts.store, id);
  read.catch(() => {});
  return { id, read };
}

/** Many wrong passwords from one place, whoever they were for: somebody should look, once. */
async function alertSpray(visit: Visit, { address }: Counters): Promise<void> {
  const rule = { ...ADDRESS_RULE, suspendAt: SPRAY };
  const { log, store } = visit.parts;
  if (address === undefined || !(await suspensionToTell(store, address.id, rule))) return;
  log.warn({ address: visit.origin.address }, 'many wrong passwords from one address');
  await recordRefusal(visit, 'attempts.spray', ['many wrong passwords from one address'], {
    person: undefined,
  });
}

function passwordPage(
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
  const inAccount = isOwnClient(visit.client.id) && session !== undefined;
  const { setUpPage, newCodes, stage } = visit.record;
  const again = stage === 'again';
  const confirming = inAccount || setUpPage?.due === true || newCodes === 'wanted';
  const later = { postpone: daysToPostpone(visit), skip: newCodes === 'wanted' };
  const shown = { client: visit.client, login, confirming, again, ...later };
  const context = { ...shown, problem, errors, passkey, forgot };
  return { show: 'interactions/password', context, status };
}
