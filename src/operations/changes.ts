/** What a change made different, as events, commands and pages tell it. Pure. */
import { ACR } from '../policy/factors.ts';
import type { LogoShown } from '../records/branding/logo.ts';
import type { Level } from '../records/proof.ts';
import { dayOf } from '../text/day-of.ts';

/** By the name that `--json` gives a field: `{ grace_until: '2026-01-01 → none' }`. */
export type Changes = Readonly<Record<string, string>>;

interface Told {
  /** Where it is not the stored one in snake_case. */
  name?: string;
  /** What null is called. */
  none?: string;
  say?: (value: unknown) => string;
}

const yesOrNo = (value: unknown): string => (value === true ? 'yes' : 'no');

const pairs = (values: object): string =>
  Object.entries(values)
    .map(([name, value]) => `${snakeCase(name)} ${String(value)}`)
    .join(', ') || 'none';

/** Which keys, as far as they have names; what they are is in the record. */
const keysIn = ({ keys }: { keys: readonly { kid?: string }[] }): string =>
  `${keys.length} (${keys.map(({ kid }) => kid ?? '-').join(' ')})`;

const pictureIn = ({ type, width, height, id }: LogoShown): string =>
  `${type} ${width}x${height} (${id.slice(0, 8)})`;

const TOLD: Readonly<Record<string, Told>> = {
  mfaFrom: { name: 'grace_until', none: 'none', say: (at) => dayOf(Number(at)) },
  activeUntil: { none: 'none', say: (at) => dayOf(Number(at) - 1) },
  deletion: { none: 'none', say: (ordered) => dayOf((ordered as { dueAt: number }).dueAt) },
  factors: { none: 'all' },
  trustedDays: { none: 'inherit' },
  sessionAbsolute: { name: 'session_seconds', none: 'inherit' },
  sessionIdle: { name: 'session_idle_seconds', none: 'inherit' },
  passcodeDays: { none: 'none' },
  passcodeNetworks: { say: yesOrNo, none: 'no' },
  domains: { none: 'not said' },
  logo: { none: 'none', say: (logo) => pictureIn(logo as LogoShown) },
  colour: { none: 'none' },
  contact: { none: 'none' },
  senderName: { none: 'none' },
  organisations: { none: 'all' },
  requireAcr: { none: 'none', say: (level) => ACR[level as Level] },
  acceptTrust: { name: 'trusted_computers', say: yesOrNo },
  requirePkce: { say: yesOrNo },
  requirePar: { say: yesOrNo },
  requireDpop: { say: yesOrNo },
  clientCredentials: { say: yesOrNo },
  offlineAccess: { say: yesOrNo },
  claimsInIdToken: { name: 'id_token_claims', say: yesOrNo },
  backchannelLogoutUri: { none: 'none' },
  clientUri: { none: 'none' },
  description: { say: (text) => String(text) || 'none' },
  logoUri: { none: 'none' },
  policyUri: { none: 'none' },
  tosUri: { name: 'terms_uri', none: 'none' },
  initiateLoginUri: { none: 'none' },
  tokenEndpointAuthMethod: { name: 'auth_method' },
  jwksUri: { none: 'none' },
  jwks: { none: 'none', say: (set) => keysIn(set as { keys: { kid?: string }[] }) },
  lifetimes: { say: (seconds) => pairs(seconds as object) },
  roles: { say: (role) => JSON.stringify(role) },
  claims: { say: (claim) => JSON.stringify(claim) },
  firstParty: { say: yesOrNo },
};

/**
 * Of two records, the fields of `after` that differ; none: nothing changed. `names`: where `--json`
 * calls a field of this kind of record otherwise.
 */
export function changes(
  before: object,
  after: object,
  names: Readonly<Record<string, string>> = {},
): Changes {
  const was = before as Readonly<Record<string, unknown>>;
  const different = Object.entries(after).filter(
    ([field, value]) => JSON.stringify(was[field]) !== JSON.stringify(value),
  );
  return Object.fromEntries(
    different.map(([field, value]) => {
      const { name = snakeCase(field), none = '-', say = String } = TOLD[field] ?? {};
      const told = (one: unknown): string => valueOf(one, none, say);
      return [names[field] ?? name, `${told(was[field])} → ${told(value)}`];
    }),
  );
}

function valueOf(value: unknown, none: string, say: (value: unknown) => string): string {
  if (value === null || value === undefined) return none;
  if (!Array.isArray(value)) return say(value);
  return value.map((one) => (typeof one === 'string' ? one : say(one))).join(',') || '-';
}

function snakeCase(field: string): string {
  return field.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
}
