import { z } from 'zod';
import { ORGANISATION_MFA } from '../../records/organisation.ts';
import { factorsInput, graceInput, trustedDaysInput } from '../policy-input.ts';

/** What an organisation asks of its people; what is absent stays, or is as it is for a new one. */
export const organisationPolicyInput = z.object({
  mfa: z.enum(ORGANISATION_MFA).exactOptional(),
  mfaFrom: graceInput.exactOptional(),
  factors: factorsInput.exactOptional(),
  trustedDays: trustedDaysInput.exactOptional(),
});
export type OrganisationPolicy = z.output<typeof organisationPolicyInput>;
