/** Which factors this installation can check at all. */
import type { Config } from '../config/schema.ts';
import { type FactorId, FACTOR_IDS } from '../records/factor-id.ts';
import { supportsPasskeys } from './passkey-options.ts';

/** Codes can only be mailed where there is a mail server; passkeys belong to a host name, reached safely. */
export function availableFactors({
  issuer,
  mail,
}: {
  issuer: string;
  mail: Pick<Config['mail'], 'smtp_url'>;
}): FactorId[] {
  return FACTOR_IDS.filter((id) => {
    if (id === 'email-code') return mail.smtp_url !== undefined;
    return id !== 'passkey' || supportsPasskeys(issuer);
  });
}
