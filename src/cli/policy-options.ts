/** Options that say what policy is, shared by the commands for organisations and people. */
import { didYouMean } from '../config/nearest.ts';
import { type FactorId, FACTOR_IDS } from '../records/factor-id.ts';
import type { Changes } from '../operations/changes.ts';
import { LONGEST_TRUST, checkFactors, checkGrace } from '../operations/policy-input.ts';
import { startOfDay } from '../text/day-of.ts';
import { printable } from '../text/printable.ts';
import { UsageError } from './usage-error.ts';
import { string, wholeNumber, type Options } from './command.ts';

/** `YYYY-MM-DD`, the start of that day in UTC, as milliseconds since the epoch; `none` is null; undefined stays. */
export function graceUntil(options: Options, now: number): number | null | undefined {
  const at = dayIn(options, 'grace-until');
  if (typeof at === 'number') checkGrace(at, now);
  return at;
}

/** The same, of the end of that day. */
export function activeUntil(options: Options): number | null | undefined {
  const at = dayIn(options, 'active-until');
  return typeof at === 'number' ? at + 86_400_000 : at;
}

function dayIn(options: Options, name: 'grace-until' | 'active-until'): number | null | undefined {
  const value = string(options, name);
  if (value === undefined) return undefined;
  if (value === 'none') return null;
  const at = startOfDay(value);
  if (at === undefined)
    throw new UsageError(`--${name} must be a date as YYYY-MM-DD, or none. It is "${value}".`);
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
    const meant = didYouMean(unknown, FACTOR_IDS);
    throw new UsageError(
      `--factors has "${unknown}", which is no factor. There are: ${known}.${meant}`,
    );
  }
  const factors = FACTOR_IDS.filter((id) => names.includes(id));
  checkFactors(factors);
  return factors;
}

/** Days; 0: computers can't be trusted. */
export function trustedDays(options: Options): number | undefined {
  return wholeNumber(options, 'trusted-days', { least: 0, most: LONGEST_TRUST });
}

/** `Changed organisation acme:` and a line for each change, or that there was none. */
export function describe(what: string, told: Changes): string {
  const lines = Object.entries(told).map(([name, change]) => `  ${name}: ${printable(change)}`);
  return lines.length > 0
    ? [`Changed ${printable(what)}:`, ...lines].join('\n')
    : `Nothing to change: ${printable(what)} is like that already.`;
}

/** A whole number; `none` is null; undefined stays. */
export function numberOrNone(
  options: Options,
  name: string,
  bounds: { least: number; most: number },
): number | null | undefined {
  return string(options, name) === 'none' ? null : wholeNumber(options, name, bounds);
}
