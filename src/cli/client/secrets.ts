/** A client's secrets as commands show them, and one that is brought along. */
import { secretUses } from '../../oidc/clients/secrets/secret-use.ts';
import { isUsable } from '../../oidc/clients/secrets/secrets.ts';
import type { ClientRecord } from '../../records/client.ts';
import { readSecretLine } from '../../secrets/secret-file.ts';
import type { World } from '../../server/world.ts';
import type { Store } from '../../storage/store.ts';
import { printable } from '../../text/printable.ts';
import { wholeInput } from '../input.ts';
import { UsageError } from '../usage-error.ts';

/** One secret of a client; the times as ISO 8601, null: never. */
export interface ShownSecret {
  id: string;
  created_at: string;
  /** Null: it goes on. */
  expires_at: string | null;
  expired: boolean;
  /** To within a minute. */
  last_used_at: string | null;
  last_used_from: string | null;
}

/** Newest first. `now`: milliseconds since the epoch. */
export async function shownSecrets(
  store: Pick<Store, 'getMany'>,
  { id, secrets }: ClientRecord,
  now: number,
): Promise<ShownSecret[]> {
  const uses = await secretUses(store, id, secrets);
  return secrets.toReversed().map((secret) => {
    const use = uses.get(secret.id);
    return {
      id: secret.id,
      created_at: iso(secret.createdAt),
      expires_at: secret.expiresAt === null ? null : iso(secret.expiresAt),
      expired: !isUsable(secret, now),
      last_used_at: use ? iso(use.at) : null,
      last_used_from: use?.address || null,
    };
  });
}

/** A line each, under the others of `client show`. */
export function secretsInLines(secrets: readonly ShownSecret[]): string[] {
  return secrets.map((secret, nth) => {
    const { id, created_at, expires_at, expired, last_used_at, last_used_from } = secret;
    const end = expires_at && `${expired ? 'ended' : 'ends'} ${minute(expires_at)}`;
    const from = last_used_from === null ? '' : ` from ${last_used_from}`;
    const used = last_used_at === null ? 'never used' : `last used ${minute(last_used_at)}${from}`;
    const told = [`${id}  made ${minute(created_at)}`, end, used].filter(Boolean).join(', ');
    return `${(nth === 0 ? 'secrets:' : '').padEnd(16)}${printable(told)}`;
  });
}

const iso = (at: number): string => new Date(at).toISOString();

/** `2026-11-30 07:12 UTC` */
export const minute = (time: string): string => `${time.slice(0, 16).replace('T', ' ')} UTC`;

/** From a file that nobody else can read, or from standard input (`-`); undefined: none was brought. */
export async function broughtSecret(
  world: Pick<World, 'stdin' | 'stderr'>,
  file: string | undefined,
): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const text = file === '-' ? await wholeInput(world) : fromFile(world, file);
  const secret = text.replace(/\r?\n$/u, '');
  if (secret === '') throw new UsageError('--secret-file gave no secret.');
  return secret;
}

function fromFile({ stderr }: Pick<World, 'stderr'>, file: string): string {
  const { text, warnings } = readSecretLine(file);
  for (const warning of warnings) stderr.write(`Warning: ${warning}\n`);
  return text;
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Milliseconds: `0`, `90m`, `36h`, `7d`. */
export function durationFrom(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, number = '', unit = ''] = /^(\d{1,6})([smhd])$/u.exec(text === '0' ? '0s' : text) ?? [];
  const seconds = UNITS[unit];
  if (seconds === undefined)
    throw new UsageError(
      `--${option} must be a time such as 90m, 36h or 7d, or 0. It is "${text}".`,
    );
  return Number(number) * seconds * 1000;
}
