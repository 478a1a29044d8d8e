/** A passkey: as the second factor after the password, or alone, as it says itself whose it is. */
import { z } from 'zod';
import type { Person } from '../../src/records/person.ts';
import { clearedBy, forgive, seenNow } from '../../src/throttling/attempt.ts';
import { LONGEST_ANSWER } from '../../src/factors/passkey-answer.ts';
import { liftBar } from '../../src/operations/factors/email-codes.ts';
import { requestOptions } from '../../src/factors/passkey-options.ts';
import { verifyAuthentication, type AuthenticationVerdict } from '../../src/factors/passkey.ts';
import type { Proof } from '../../src/records/proof.ts';
import { interactionPath } from '../../src/oidc/authorization/interaction-path.ts';
import { NOTHING_PROVEN, type SignInRecord } from '../../src/records/sign-in.ts';
import { parseFields, text } from '../../src/web/forms.ts';
import type { Notice } from '../../src/web/pages.ts';
import { countedFor } from '../parts/attempts.ts';
import { daysOfTrust } from '../parts/verify-code.ts';
import { otherWays } from '../parts/other-ways.ts';
import { presentChallenge, takeChallenge } from '../parts/passkey-challenge.ts';
import { changeVisit, eventOf, recordRefusal } from '../parts/report.ts';
import type { Answer, Step, Visit } from '../step.ts';

const form = z.object({ response: text(LONGEST_ANSWER), trust: text(3) });

export const passkey: Step = {
  name: 'passkey',

  async show(visit) {
    return page(visit, null);
  },

  async submit(visit, fields) {
    const parsed = parseFields(form, fields);
    if (!parsed.ok) return page(visit, said('passkey-wrong'), 400);
    const { response, trust } = parsed.values;
    // Without JavaScript the form comes empty: nothing was tried.
    if (response === '') return page(visit, said('passkey-missing'), 400);
    const taken = await takeChallenge(visit, 'authenticate');
    if (!taken) return { next: true };
    const { parts } = visit;
    const verdict = await verifyAuthentication(
      parts,
      { issuer: parts.config.issuer, challenge: taken.challenge },
      secondFactorOf(visit) ?? ((id) => parts.people.get(undefined, id)),
      response,
    );
    if (verdict.verdict !== 'accepted') return refused(taken.after, verdict);
    const key = verdict.passkey.synced ? { key: 'swk' as const } : {};
    await proven(visit, verdict.person, { method: 'passkey', at: visit.now, ...key }, trust);
    return { next: true };
  },
};

const said = (code: string): Notice => ({ code, values: {} });

/** The person whose factor is asked for; undefined when the passkey is to say who it is. */
function secondFactorOf({ decision, person }: Visit): Person | undefined {
  return decision.next === 'factor' ? person : undefined;
}

async function refused(
  visit: Visit,
  verdict: Exclude<AuthenticationVerdict<Person>, { verdict: 'accepted' }>,
): Promise<Answer> {
  if ('cause' in verdict) visit.parts.log.info({ err: verdict.cause }, 'passkey refused');
  const person = ('person' in verdict ? verdict.person : undefined) ?? secondFactorOf(visit);
  await recordRefusal(visit, 'sign-in.factor', [`passkey-${verdict.verdict}`], { person });
  return page(visit, said(`passkey-${verdict.verdict}`), 400);
}

async function proven(visit: Visit, person: Person, proof: Proof, trust: string): Promise<void> {
  const alone = secondFactorOf(visit) === undefined;
  const event = eventOf(visit, 'sign-in.factor', { person, details: { factor: 'passkey', alone } });
  const mayTrust = trust === 'yes' && !alone && daysOfTrust(visit) > 0;
  await changeVisit(
    visit,
    (record) => {
      if (!alone && isSomebodyElses(record, person)) return record;
      const before = isOf(record, person)
        ? record
        : { ...record, ...structuredClone(NOTHING_PROVEN) };
      return {
        ...before,
        person: { id: person.id, epoch: person.epoch },
        proofs: [...before.proofs, proof],
        trust: mayTrust ? 'passkey' : before.trust,
        stage: 'sign-in',
      };
    },
    [{ event }],
  );
  await liftBar(visit.parts.store, person, 'passkey');
  const cleared = clearedBy('passkey', await countedFor(visit, person.id));
  await forgive(visit.parts.store, await seenNow(visit.parts.store, cleared), visit.now);
}

/** Another tab went on meanwhile: somebody gave another password, or a set-up has its last page to show. */
function isSomebodyElses({ person, stage }: SignInRecord, { id }: Person): boolean {
  return stage === 'enrolled' || (person !== null && person.id !== id);
}

/** What was proven for somebody else, or under an older epoch, is void. */
function isOf({ person }: SignInRecord, { id, epoch }: Person): boolean {
  return person?.id === id && person.epoch === epoch;
}

function page(visit: Visit, problem: Notice | null, status = 200): Answer {
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
