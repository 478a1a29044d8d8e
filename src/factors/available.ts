/** Which factors this installation can check at all. */
import type { Config } from '../config/schema.ts';
import { FACTORS, type Factor } from '../policy/factors.ts';
import { type FactorId, FACTOR_IDS } from '../records/factor-id.ts';
import { supportsPasskeys } from './passkey-options.ts';

interface Installed {
  issuer: string;
  mail: Pick<Config['mail'], 'smtp_url'>;
}

/** Codes can only be mailed where there is a mail server; passkeys belong to a host name, reached safely. */
const HAS: Readonly<Record<NonNullable<Factor['needs']>, (installed: Installed) => boolean>> = {
  'mail-server': ({ mail }) => mail.smtp_url !== undefined,
  'passkey-host': ({ issuer }) => supportsPasskeys(issuer),
};

export function availableFactors(installed: Installed): FactorId[] {
  return FACTOR_IDS.filter((id) => {
    const { needs } = FACTORS[id];
    return needs === null || HAS[needs](installed);
  });
}
