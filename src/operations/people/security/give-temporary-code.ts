/** A code for today, for somebody who has left their phone at home. */
import { eventAbout, type Performed } from '../../../audit/performed.ts';
import { newTemporaryCode } from '../../../factors/handed-over/temporary-code.ts';
import { withOrganisation } from '../../../oidc/authorization/with-organisation.ts';
import { withMessages } from '../../../outbox/message.ts';
import { isActive, permittedFactors } from '../../../policy/assurance.ts';
import { isEnrolled } from '../../../policy/factors.ts';
import { TEMPORARY_AS } from '../../../policy/required-steps.ts';
import { Problem } from '../../../problem.ts';
import { FACTOR_IDS } from '../../../records/factor-id.ts';
import type { Person } from '../../../records/person.ts';
import { getProfile } from '../../../records/profile.ts';
import { resultOf, type Result } from '../../../result.ts';
import type { Vault } from '../../../secrets/vault.ts';
import type { Store } from '../../../storage/store.ts';
import { isDemandedEverywhere, secondPersonRule, toldOfOperator } from '../../approvals/rule.ts';
import { administer, noticeTo, readAdministered, type NoticeParts } from '../administer.ts';
import { organisationsOf } from '../update-person.ts';

/** Where nobody knows when their day ends; milliseconds. */
export const WITHOUT_ZONE = 12 * 3600_000;

export interface CodeForToday {
  code: string;
  /** Milliseconds since the epoch. */
  until: number;
}

export interface TemporaryCodeParts extends NoticeParts {
  vault: Vault;
}

/**
 * In the answer, and nowhere else; the one before is none any more. Until the end of the day where the person
 * is, as their profile says it, else for twelve hours; whatever ends their sessions ends it too. `id`: subject
 * identifier. Problems: `temporary-none` (409): they have no second factor that it could stand in for;
 * `temporary-barred` (409): one-time codes are not permitted; `approval-needed` (409): the organisation demands a
 * second person (approvals/ask.ts); `person-disabled`, `changed-meanwhile` (409), and those of who may.
 */
export function giveTemporaryCode(
  parts: TemporaryCodeParts,
  performed: Performed,
  id: string,
): Promise<Result<CodeForToday>> {
  return resultOf(async () => {
    const { store } = parts;
    const read = await readAdministered(store, performed, OPERATION, id);
    const made = await codeForToday(parts, performed, read);
    const everywhere = await isDemandedEverywhere(store, read.role);
    const organisations = await organisationsOf(store, read);
    const rule = secondPersonRule(performed, organisations, everywhere);
    const others = await toldOfOperator(parts, performed, read, 'temporary-code');
    await administer(parts, performed, OPERATION, id, (person) => {
      if (person.role !== read.role) throw new Problem('changed-meanwhile', { status: 409 });
      rule(person.organisation);
      const { temporaryCode, told } = made.of(person);
      const messages = withMessages(person, ...told, ...others);
      return { set: { temporaryCode, ...messages }, result: undefined };
    });
    return made.code;
  });
}

const OPERATION = 'person.give-temporary-code';

/** A code that is not given yet: what is written and told of it when it is. Problems as of `giveTemporaryCode`. */
export async function codeForToday(parts: TemporaryCodeParts, performed: Performed, read: Person) {
  const { store, vault } = parts;
  await check(store, read, performed.now);
  const until = endOfDay(performed.now, (await getProfile(store, read.id)).zone);
  const { code, kept } = newTemporaryCode(vault, read, until);
  const notice = { what: 'administrator-temporary-code', name: '' };
  const mails = await noticeTo(parts, performed, read.id, 'account-changed', notice);
  return {
    code: { code, until },
    of(person: Person) {
      if (person.epoch !== read.epoch) throw new Problem('changed-meanwhile', { status: 409 });
      const content = { type: 'temporary-code.made', details: { until } } as const;
      const told = [eventAbout(person, performed, content), ...mails(person)];
      return { temporaryCode: kept, told };
    },
  };
}

async function check(
  store: Pick<Store, 'get' | 'getMany'>,
  person: Person,
  now: number,
): Promise<void> {
  if (!isActive(person, now)) throw new Problem('person-disabled', { status: 409 });
  if (!isEnrolled(person)) throw new Problem('temporary-none', { status: 409 });
  const permitted = permittedFactors(await withOrganisation(store, person), FACTOR_IDS);
  if (!permitted.includes(TEMPORARY_AS)) throw new Problem('temporary-barred', { status: 409 });
}

/** Milliseconds since the epoch. `zone`: an IANA name; null: none is known. */
export function endOfDay(now: number, zone: string | null): number {
  if (zone === null) return now + WITHOUT_ZONE;
  const shown = new Intl.DateTimeFormat('en', {
    timeZone: zone,
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    hourCycle: 'h23',
  }).formatToParts(now);
  const part = (type: string): number => Number(shown.find((one) => one.type === type)?.value ?? 0);
  const passed = (part('hour') * 60 + part('minute')) * 60 + part('second');
  return now + (86_400 - passed) * 1000 - (now % 1000);
}
