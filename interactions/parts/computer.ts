/** The computer that a sign-in is made on: does trust stand in for a factor, is it new to the person? */
import type { Person } from '../../src/records/person.ts';
import type { OutboxMessage } from '../../src/outbox/message.ts';
import { browserName } from '../../src/text/browser-name.ts';
import { isKnown, remember, type KnownComputer } from '../../src/devices/known-computer.ts';
import {
  presentToken,
  trustComputer,
  trustedComputerCollection,
} from '../../src/devices/trusted-computer.ts';
import type { FactorId } from '../../src/records/factor-id.ts';
import type { Level, Proof } from '../../src/records/proof.ts';
import { compareLevels, FACTORS } from '../../src/policy/factors.ts';
import { withOrganisation } from '../../src/oidc/authorization/with-organisation.ts';
import { trustBasis, trustRules } from '../../src/devices/trust.ts';
import { trustDays, type Subject } from '../../src/policy/assurance.ts';
import { eventOf, noticeOf } from './report.ts';
import type { Visit } from '../step.ts';

const DAY = 86_400;

/** After the right password only: the proof of a computer that this person trusts. */
export async function trustProof(visit: Visit, person: Person): Promise<Proof[]> {
  const { parts, ctx, client, now } = visit;
  const token = parts.computerCookie.read(ctx, person.id);
  if (token === '') return [];
  const { organisation } = visit;
  const isRead = organisation?.id === person.organisation;
  const who = await withOrganisation(
    parts.store,
    person,
    isRead ? () => organisation.read : undefined,
  );
  const rules = trustRules(who, client.policy, parts.available);
  if (rules.days === 0) return [];
  const told = (): Promise<OutboxMessage[]> => theftMessages({ ...visit, who, person });
  const shown = await presentToken(parts, token, trustBasis(who), rules, now, told);
  if (shown.verdict === 'trusted') {
    parts.computerCookie.set(ctx, person.id, shown.token, rules.days * DAY);
    return [{ method: 'trusted-computer', at: now, computer: shown.computer.id }];
  }
  parts.computerCookie.drop(ctx, person.id);
  if (shown.verdict === 'theft') parts.relay.soon(trustedComputerCollection, shown.computer.id);
  return [];
}

/** For how many days this computer could be trusted here; 0: not at all. */
export function daysOfTrust({ who, client }: Visit): number {
  return who ? trustDays(who, client.policy) : 0;
}

async function theftMessages(visit: Visit): Promise<OutboxMessage[]> {
  return [
    { event: eventOf(visit, 'computer.theft', { outcome: 'refused' }) },
    ...(await noticeOf(visit, 'computer-theft')),
  ];
}

/**
 * What is told of a sign-in from a computer that is new to the person. It rides in the write that
 * completes the sign-in: of several posts at once, another one than the first to ask may get there.
 */
export async function newComputerMessages(
  visit: Visit,
  person: Person,
  before?: KnownComputer | null,
): Promise<OutboxMessage[]> {
  const isNew =
    before === undefined
      ? !(await isKnown(visit.parts, person.id, visit.browser))
      : before === null;
  if (!isNew) return [];
  return [{ event: eventOf(visit, 'computer.new') }, ...(await noticeOf(visit, 'new-computer'))];
}

/**
 * Remembers the computer of a sign-in that is complete and told of. Nobody waits for it: one that is not remembered
 * is told of once more.
 */
export function rememberComputer(
  visit: Visit,
  person: Person,
  before?: KnownComputer | null,
): void {
  const { parts, browser, origin, now, record } = visit;
  const name = browserName(origin.userAgent ?? undefined);
  const level = strongestOf(record.proofs);
  parts.relay.later(async () => {
    await remember(parts, { person: person.id, browser, name, now, level, before });
  });
}

function strongestOf(proofs: readonly Proof[]): Level {
  const levels = proofs.map(({ method }): Level => {
    if (method === 'password') return 'password';
    return method === 'trusted-computer' ? 'trusted' : FACTORS[method].level;
  });
  return levels.toSorted(compareLevels).at(-1) ?? 'password';
}

/** "Trust this computer" was chosen, and the sign-in is complete. */
export async function trustThisComputer(
  visit: Visit,
  who: Subject,
  factor: FactorId,
): Promise<void> {
  const { parts, ctx, origin, now } = visit;
  const days = daysOfTrust(visit);
  if (days === 0) return;
  const browser = browserName(origin.userAgent ?? undefined);
  const event = eventOf(visit, 'computer.trusted', { details: { factor, days } });
  const given = { factor, browser, days };
  const { token, computer } = await trustComputer(parts, trustBasis(who), given, now, [{ event }]);
  parts.relay.soon(trustedComputerCollection, computer.id);
  parts.computerCookie.set(ctx, who.person.id, token, days * DAY);
}
