/** Options that say what policy is, shared by the commands for organisations and people. */
import { type FactorId, FACTOR_IDS } from '../records/factor-id.ts';
import type { Level } from '../records/proof.ts';
import { ACR, FACTORS } from '../policy/factors.ts';
import { Problem } from '../problem.ts';
import { printable } from '../text/printable.ts';
import { UsageError } from './usage-error.ts';
import { string, type Options } from './command.ts';

export const LONGEST_TRUST = 365;

/** `YYYY-MM-DD`, the start of that day in UTC, as milliseconds since the epoch; `none` is null; undefined stays. */
export function graceUntil(options: Options, now: number): number | null | undefined {
  const value = string(options, 'grace-until');
  if (value === undefined) return undefined;
  if (value === 'none') return null;
  const at = /^\d{4}-\d{2}-\d{2}$/u.test(value) ? Date.parse(`${value}T00:00:00Z`) : NaN;
  const isReal = !Number.isNaN(at) && new Date(at).toISOString().startsWith(value);
  if (!isReal)
    throw new UsageError(`--grace-until must be a date as YYYY-MM-DD, or none. It is "${value}".`);
  if (at <= now) throw new Problem('grace-past', { values: { date: value } });
  return at;
}

/** Names of the table of factors, separated by commas. */
export function factorsFrom(options: Options): FactorId[] | undefined {
  const value = string(options, 'factors');
  if (value === undefined) return undefined;
  const names = value.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !FACTOR_IDS.some((id) => id === name));
  if (unknown !== undefined) {
    const known = FACTOR_IDS.join(', ');
    throw new UsageError(`--factors has "${unknown}", which is no factor. There are: ${known}.`);
  }
  const chosen = FACTOR_IDS.filter((id) => names.includes(id));
  if (chosen.every((id) => FACTORS[id].secondaryOnly)) throw new Problem('factors-companion');
  return chosen;
}

/** Days; 0: computers can't be trusted. */
export function trustedDays(options: Options): number | undefined {
  const value = string(options, 'trusted-days');
  if (value === undefined) return undefined;
  const days = /^\d{1,3}$/u.test(value) ? Number(value) : NaN;
  if (!(days <= LONGEST_TRUST)) {
    throw new UsageError(
      `--trusted-days must be a whole number from 0 to ${LONGEST_TRUST}. It is "${value}".`,
    );
  }
  return days;
}

/** Only the fields that were given. */
export function given<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): Partial<T> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}

/** The day of a grace date, or `-`. */
export function dayOf(at: number | null): string {
  return at === null ? '-' : new Date(at).toISOString().slice(0, 10);
}

/** How a field is told, by the name of its option. */
interface Told {
  option: string;
  none?: string;
  say?: (value: unknown) => string;
}
const TOLD: Readonly<Record<string, Told>> = {
  mfaFrom: { option: 'grace-until', none: 'none', say: (at) => dayOf(Number(at)) },
  factors: { option: 'factors', none: 'all' },
  trustedDays: { option: 'trusted-days', none: 'inherit' },
  organisations: { option: 'org', none: 'all' },
  organisation: { option: 'org' },
  requireAcr: { option: 'require-acr', none: 'none', say: (level) => ACR[level as Level] },
  acceptTrust: { option: 'trusted-computers', say: (yes) => (yes === true ? 'yes' : 'no') },
  requirePkce: { option: 'require-pkce', say: (yes) => (yes === true ? 'yes' : 'no') },
  offlineAccess: { option: 'offline-access', say: (yes) => (yes === true ? 'yes' : 'no') },
  clientUri: { option: 'client-uri', none: 'none' },
  firstParty: { option: 'third-party', say: (yes) => (yes === true ? 'no' : 'yes') },
};

/** What changed, for people and for the audit log: `mfa: optional → required`. */
export function changes(before: object, after: object): Record<string, string> {
  const was = before as Record<string, unknown>;
  const different = Object.entries(after).filter(
    ([name, value]) => JSON.stringify(was[name]) !== JSON.stringify(value),
  );
  return Object.fromEntries(
    different.map(([name, value]) => {
      const told = TOLD[name] ?? { option: name };
      return [told.option, `${valueOf(told, was[name])} → ${valueOf(told, value)}`];
    }),
  );
}

function valueOf({ none = '-', say = String }: Told, value: unknown): string {
  if (value === null || value === undefined) return none;
  return Array.isArray(value) ? value.join(',') : say(value);
}

/** `Changed organisation acme:` and a line for each change, or that there was none. */
export function describe(what: string, told: Readonly<Record<string, string>>): string {
  const lines = Object.entries(told).map(([name, change]) => `  ${name}: ${printable(change)}`);
  return lines.length > 0
    ? [`Changed ${printable(what)}:`, ...lines].join('\n')
    : `Nothing to change: ${printable(what)} is like that already.`;
}
