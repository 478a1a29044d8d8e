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
import { administer, noticeTo, readAdministered, type NoticeParts } from '../administer.ts';

/** Where nobody knows when their day ends; milliseconds. */
export const WITHOUT_ZONE = 12 * 3600_000;

export interface CodeForToday {
  code: string;
  /** Milliseconds since the epoch. */
  until: number;
}

/**
 * In the answer, and nowhere else; the one before is none any more. Until the end of the day where the person
 * is, as their profile says it, else for twelve hours; whatever ends their sessions ends it too. `id`: subject
 * identifier. Problems: `temporary-none` (409): they have no second factor that it could stand in for;
 * `temporary-barred` (409): one-time codes are not permitted; `person-disabled`, `changed-meanwhile` (409), and
 * those of who may.
 */
export function giveTemporaryCode(
  parts: NoticeParts & { store: Pick<Store, 'get'>; vault: Vault },
  performed: Performed,
  id: string,
): Promise<Result<CodeForToday>> {
  return resultOf(async () => {
    const { store, vault } = parts;
    const operation = 'person.give-temporary-code';
    const read = await readAdministered(store, performed, operation, id);
    await check(store, read, performed.now);
    const until = endOfDay(performed.now, (await getProfile(store, id)).zone);
    const { code, kept } = newTemporaryCode(vault, read, until);
    const notice = { what: 'administrator-temporary-code', name: '' };
    const mails = await noticeTo(parts, performed, id, 'account-changed', notice);
    await administer(parts, performed, operation, id, (person) => {
      if (person.epoch !== read.epoch) throw new Problem('changed-meanwhile', { status: 409 });
      const event = eventAbout(person, performed, {
        type: 'temporary-code.made',
        details: { until },
      });
      const told = withMessages(person, event, ...mails(person));
      return { set: { temporaryCode: kept, ...told }, result: undefined };
    });
    return { code, until };
  });
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
