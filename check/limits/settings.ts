/** Limits that the configuration sets: every key that is a length of time, a number of characters, or one of `limits`. */
import { configKeys, type Key } from '../../src/config/keys.ts';
import { duration, table } from './words.ts';

const WHOLE = /^a whole number(?: of (seconds|milliseconds|characters))? from (\d+) to (\d+)$/u;

export function settings(): string {
  const head = ['Key', 'Default', 'Allowed', 'What'];
  return table(head, configKeys().flatMap(row));
}

function row(key: Key): string[][] {
  const [, unit = '', least, most] = WHOLE.exec(key.allowed) ?? [];
  if (least === undefined || most === undefined) return [];
  if (unit === '' && !key.path.startsWith('limits.')) return [];
  const value = written(unit);
  const standard = value(Number(key.zod.parse(undefined)));
  const range = `${value(Number(least))} to ${value(Number(most))}`;
  return [[`\`${key.path}\``, standard, range, key.sentence]];
}

function written(unit: string): (value: number) => string {
  if (unit === '') return String;
  if (unit === 'characters') return (value) => `${value} characters`;
  return (value) => (value === 0 ? '0' : duration(unit === 'seconds' ? value * 1000 : value));
}
