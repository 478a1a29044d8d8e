import { z } from 'zod';
import { ORGANISATION_MFA } from '../../records/organisation.ts';
import { factorsInput, graceInput, trustedDaysInput } from '../policy-input.ts';

/** Seconds: a session is written down as used every five minutes only. */
export const SHORTEST_SESSION = 900;
/** Seconds. */
export const LONGEST_SESSION = 31_536_000;
/** Days: the shortest that somebody can choose (account/passcodes.ts); under it nobody could make one. */
export const SHORTEST_PASSCODE = 7;
/** Days. */
export const LONGEST_PASSCODE = 365;

const sessionInput = z.int().min(SHORTEST_SESSION).max(LONGEST_SESSION).nullable();

/** What an organisation asks of its people; what is absent stays, or is as it is for a new one. */
export const organisationPolicyInput = z.object({
  mfa: z.enum(ORGANISATION_MFA).exactOptional(),
  mfaFrom: graceInput.exactOptional(),
  factors: factorsInput.exactOptional(),
  trustedDays: trustedDaysInput.exactOptional(),
  /** Seconds; null: as the installation has it. */
  sessionAbsolute: sessionInput.exactOptional(),
  sessionIdle: sessionInput.exactOptional(),
  /** Days; null: passcodes need not end. */
  passcodeDays: z.int().min(SHORTEST_PASSCODE).max(LONGEST_PASSCODE).nullable().exactOptional(),
  passcodeNetworks: z.boolean().exactOptional(),
});
export type OrganisationPolicy = z.output<typeof organisationPolicyInput>;

/** Its fields. */
export const POLICY_FIELDS: readonly string[] = Object.keys(organisationPolicyInput.shape);

/** What an organisation asks; null: nothing was ever said. */
export function policyOf(organisation: object): Record<string, unknown> {
  const all = organisation as Readonly<Record<string, unknown>>;
  return Object.fromEntries(POLICY_FIELDS.map((name) => [name, all[name] ?? null]));
}
