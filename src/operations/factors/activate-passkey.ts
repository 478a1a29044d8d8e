/** Making a passkey one of the person's, after its answer was checked (factors/passkey.ts). */
import type { Performed } from '../../audit/performed.ts';
import { withPasskey } from '../../factors/passkey.ts';
import type { Passkey } from '../../records/factors/passkey.ts';
import type { Person } from '../../records/person.ts';
import type { Result } from '../../result.ts';
import { activateFactor, type Activated, type ActivationParts } from './activate-factor.ts';

/** Problem `changed-meanwhile`: it is there already, too many are, or the person is not as read. */
export function activatePasskey(
  parts: ActivationParts,
  performed: Performed,
  person: Person,
  passkey: Passkey,
): Promise<Result<Activated>> {
  return activateFactor(parts, performed, person, {
    factor: 'passkey',
    fields: (current) => withPasskey(current, passkey),
  });
}
