/** What a change made different, as events, commands and pages tell it. Pure. */
import { ACR } from '../policy/factors.ts';
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

const TOLD: Readonly<Record<string, Told>> = {
  mfaFrom: { name: 'grace_until', none: 'none', say: (at) => dayOf(Number(at)) },
  deletion: { none: 'none', say: (ordered) => dayOf((ordered as { dueAt: number }).dueAt) },
  factors: { none: 'all' },
  trustedDays: { none: 'inherit' },
  organisations: { none: 'all' },
  requireAcr: { none: 'none', say: (level) => ACR[level as Level] },
  acceptTrust: { name: 'trusted_computers', say: yesOrNo },
  requirePkce: { say: yesOrNo },
  offlineAccess: { say: yesOrNo },
  clientUri: { none: 'none' },
  description: { say: (text) => String(text) || 'none' },
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
  return Array.isArray(value) ? value.join(',') : say(value);
}

function snakeCase(field: string): string {
  return field.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
}
