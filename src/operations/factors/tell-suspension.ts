/** After too many wrong codes: their owner is told, once, whichever page it was. */
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { suspendedToTell } from '../../factors/counters.ts';
import type { FactorId } from '../../records/factor-id.ts';
import type { Person } from '../../records/person.ts';
import type { Counted } from '../../throttling/attempts.ts';
import { tellPerson, type AccountChangeParts } from '../account/account-changed.ts';

/** Tells of those of `factors` whose codes the last failure has suspended. */
export async function tellSuspension(
  parts: AccountChangeParts,
  performed: Performed,
  person: Person,
  { counted, factors }: { counted: Counted; factors: readonly FactorId[] },
): Promise<void> {
  const suspended = await suspendedToTell(parts.store, counted, factors);
  if (suspended.length === 0) return;
  const [first = '', second] = suspended;
  const details = { codes: suspended.join(' ') };
  const values = { codes: second ? '' : first };
  const messages = [
    eventAbout(person, performed, { type: 'attempts.suspended', outcome: 'refused', details }),
    ...(await parts.notices.about(person, performed, { template: 'suspended', values })),
  ];
  await tellPerson(parts, person, messages);
}
