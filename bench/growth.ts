/**
 * Growth: the same operations on two stores of one engine, one with few and one with many sessions and
 * tokens, taking turns. The browsers that are measured are among those that were loaded, spread over
 * the whole store.
 */
import { createCookieKeys } from '../src/oidc/cookie-keys.ts';
import { cookieName } from '../src/oidc/provider.ts';
import type { Vault } from '../src/secrets/vault.ts';
import type { Held } from './copies.ts';
import { growthRow, LARGE, SMALL, type GrowthRow, type Sizes } from './growth-rows.ts';
import { load, type Loaded } from './load.ts';
import { measure } from './measure.ts';
import type { Operation } from './operations.ts';
import type { Growth, Options } from './options.ts';
import { startProduct, type Engine } from './product.ts';
import { grouped } from '../src/text/progress-bar.ts';
import type { Running } from './running.ts';
import { signInUsers, targetOf, type Target, type User } from './target.ts';
import { takeTurns, type Turn } from './turns.ts';

/** Browsers that sign in to be copied. */
const SIGNED_IN = 2;
/** Browsers that are measured, at the most. */
const MEASURED = 20_000;

export async function measureGrowth(
  options: Options,
  engine: Engine,
  growth: Growth,
  running: Running,
): Promise<GrowthRow[]> {
  const sizes: Sizes = { ...growth };
  const targets: Target[] = [];
  for (const size of [SMALL, LARGE] as const) {
    const { target, count } = await loadedTarget(engine, size, growth[size], running);
    targets.push(target);
    sizes[size] = count;
  }
  const rows: GrowthRow[] = [];
  for (const operation of options.operations.filter(({ users }) => users)) {
    running.progress(`measuring growth of ${operation.name} on ${engine}`);
    const rounds = await takeTurns(turnsOf(operation, targets), { ...options, stop: running.stop });
    rows.push(growthRow({ operation: operation.name, rounds }, engine, sizes));
  }
  return rows;
}

function turnsOf(operation: Operation, targets: readonly Target[]): Turn[] {
  return targets.map((target) => [target.name, (s) => measure(target, operation, s * 1000)]);
}

async function loadedTarget(
  engine: Engine,
  size: typeof SMALL | typeof LARGE,
  count: number,
  { started, progress, bar, stop, ...site }: Running,
): Promise<{ target: Target; count: number }> {
  progress(`starting ${engine} for ${grouped(count)} sessions and tokens`);
  const product = await startProduct(
    `${engine}-${size}`,
    { engine, workers: 1 },
    { ...site, started },
  );
  const target = await targetOf(size, product);
  started.push(target);
  const { people } = target.ready;
  await signInUsers(target, people.slice(0, SIGNED_IN));
  const options = { count, people, keep: MEASURED, stop };
  const loaded = await product.withStore(async (parts) => {
    const done = await load(parts, options, bar(`loading ${engine}`));
    target.users = usersOf(target, done, parts.vault);
    return done;
  });
  progress(told(engine, loaded));
  return { target, count: loaded.count };
}

function told(engine: Engine, { count, documents, seconds }: Loaded): string {
  const rate = grouped(Math.round(documents / seconds));
  const took = `${grouped(documents)} documents in ${seconds.toFixed(1)} s, ${rate}/s`;
  return `${engine} has ${grouped(count)} sessions and tokens now (${took})`;
}

/** Browsers that have only the cookies of those that were copied, with a session of their own. */
function usersOf(target: Target, { browsers }: Loaded, vault: Vault): User[] {
  const [copied] = target.users;
  if (!copied) return [];
  const keys = createCookieKeys(() => vault.deriveUsable('cookie signing'));
  const name = cookieName(target.ready.issuer, '__Host-', 'session');
  return browsers.map((held) => userOfCopy(target, copied, held, name, keys.sign));
}

function userOfCopy(
  { ready: { clients } }: Target,
  copied: User,
  { person, sub, sessionCookie, accessTokens, refreshTokens }: Held,
  name: string,
  sign: (data: string) => string,
): User {
  const cookies = new Map(copied.cookies);
  cookies.set(name, { value: sessionCookie, path: '/' });
  cookies.set(`${name}.sig`, { value: sign(`${name}=${sessionCookie}`), path: '/' });
  return {
    person,
    sub,
    cookies,
    accessToken: accessTokens.get(clients.web.client_id) ?? '',
    refreshToken: refreshTokens.get(clients.spa.client_id) ?? '',
  };
}
