/** The verification of a secondary address: a code by mail, good in the browser that asked for it. */
import type { AddressCheck } from '../../records/factors/address-check.ts';
import type { Person } from '../../records/person.ts';

/** The one that is open now; undefined: there is none, or it has ended. */
export function openCheck({ addressCheck, epoch }: Person): AddressCheck | undefined {
  return addressCheck?.epoch === epoch ? addressCheck : undefined;
}
