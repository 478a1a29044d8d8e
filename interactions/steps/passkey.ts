/** A passkey: as the second factor after the password, or alone, as it says itself whose it is. */
import { z } from 'zod';
import type { Person } from '../../src/records/person.ts';
import { attempt, type Refusal, type Try } from '../../src/throttling/attempt.ts';
import { clearedBy } from '../../src/factors/counters.ts';
import { LONGEST_ANSWER } from '../../src/factors/passkey-answer.ts';
import { requestOptions, type IsChallenge } from '../../src/factors/passkey-options.ts';
import { VERIFY, type FactorVerdict } from '../../src/factors/verify.ts';
import { interactionPath } from '../../src/oidc/authorization/interaction-path.ts';
import { parseFields, text } from '../../src/web/forms.ts';
import type { Notice } from '../../src/web/pages.ts';
import { countedFor } from '../parts/counted-for.ts';
import { daysOfTrust } from '../parts/computer.ts';
import { otherWays } from '../parts/other-ways.ts';
import { presentChallenge, takeChallenge } from '../parts/passkey-challenge.ts';
import { askedFor, recordRefusal } from '../parts/report.ts';
import { addProven, trialOf } from '../parts/trial.ts';
import type { Answer, Step, Visit } from '../step.ts';

const form = z.object({ response: text(LONGEST_ANSWER), trust: text(3) });

export const passkey: Step = {
  name: 'passkey',

  async show(visit) {
    return passkeyPage(visit, null);
  },

  async submit(visit, fields) {
    const parsed = parseFields(form, fields);
    if (!parsed.ok) return passkeyPage(visit, said('passkey-wrong'), 400);
    const { response } = parsed.values;
    // Without JavaScript the form comes empty: nothing was tried.
    if (response === '') return passkeyPage(visit, said('passkey-missing'), 400);
    const taken = await takeChallenge(visit, 'authenticate');
    if (!taken) return { next: true };
    const { challenge, after } = taken;
    const one = tryOf(after, { challenge, ...parsed.values });
    const tried = await attempt(visit.parts.store, [one], visit.now, {
      refused: ([verdict]) => verdict && recordRefused(after, verdict),
    });
    if (tried.accepted) return { next: tried.followed ?? true };
    const [verdict] = tried.refused;
    return passkeyPage(after, saidOf(verdict), 400);
  },
};

interface Answered {
  challenge: IsChallenge;
  response: string;
  trust: string;
}

/** There is nothing to guess, and no counter; a proof clears what was guessed at of other factors. */
function tryOf(
  visit: Visit,
  { challenge, response, trust }: Answered,
): Try<FactorVerdict, Visit | undefined> {
  const tried = { factor: 'passkey', trust: trust === 'yes', challenge } as const;
  const trial = trialOf(visit, secondFactorOf(visit), tried);
  return {
    counters: [],
    compare: () => VERIFY.passkey.compare(trial, response),
    accepted: (verdict, settle) => addProven(visit, verdict, tried, settle),
    clears: async ({ person }) => clearedBy('passkey', await countedFor(visit, person.id)),
  };
}

const said = (code: string): Notice => ({ code, values: {} });

function saidOf(verdict: Refusal<FactorVerdict> | undefined): Notice {
  return verdict && 'verdict' in verdict ? VERIFY.passkey.notice(verdict) : said('passkey-wrong');
}

/** The person whose factor is asked for; undefined when the passkey is to say who it is. */
function secondFactorOf({ decision, person }: Visit): Person | undefined {
  return decision.next === 'factor' ? person : undefined;
}

async function recordRefused(visit: Visit, verdict: Refusal<FactorVerdict>): Promise<void> {
  if (!('verdict' in verdict)) return;
  if ('cause' in verdict) visit.parts.log.info({ err: verdict.cause }, 'passkey refused');
  const person = ('person' in verdict ? verdict.person : undefined) ?? secondFactorOf(visit);
  // What was asked for, and why, is of whose sign-in this is: of somebody else's passkey it tells nothing.
  const isTheirs = person?.id === visit.person?.id;
  const details = { asked: 'passkey', ...(isTheirs ? askedFor(visit.decision) : {}) };
  const reasons = [`passkey-${verdict.verdict}`, ...(isTheirs ? visit.decision.reasons : [])];
  await recordRefusal(visit, 'sign-in.factor', reasons, { person, details });
}

function passkeyPage(visit: Visit, problem: Notice | null, status = 200): Answer {
  const { parts, uid, client } = visit;
  const person = secondFactorOf(visit);
  const { issuer } = parts.config;
  const challenge = presentChallenge(visit, 'authenticate');
  const context = {
    problem,
    errors: {},
    login: person?.login ?? '',
    options: requestOptions({ issuer, challenge, passkeys: person?.passkeys ?? [] }),
    others: otherWays(visit, 'passkey'),
    trustDays: person ? daysOfTrust(visit) : 0,
    password: person ? '' : interactionPath(uid, client.id, 'password'),
  };
  return { show: 'interactions/passkey', context, status };
}
