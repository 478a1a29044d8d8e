/** Those who ask: each with a browser, a program that has a refresh token, and the patience to ask again. */
import { setTimeout as pause } from 'node:timers/promises';
import { UnexpectedAnswer } from '../browser.ts';
import { OPERATIONS } from '../operations.ts';
import { signIn } from '../sign-in.ts';
import { silentSignOn, type Target, type User } from '../target.ts';
import type { Counting, Trouble } from './counted.ts';
import type { Asked, Kind } from './day.ts';

/** A person, and what they wait for. */
export interface Visitor {
  user: User;
  /** False where the sign-in has failed: the person has gone home. */
  signedIn: Promise<boolean>;
  /** A refresh token is used by one at a time. */
  refreshed: Promise<void>;
}

export interface Visited {
  target: Target;
  counting: Counting;
  /** Told of what can't be helped by asking again. */
  failed(kind: Kind, error: unknown): void;
  stop: AbortSignal;
  /** Waits, milliseconds. */
  pause?(ms: number): Promise<unknown>;
  /** From 0 to 1. */
  random(): number;
}

/** Milliseconds until something is asked again, which doubles each time; and how often it is asked in all. */
export const AGAIN = { first: 500, most: 8_000, tries: 8 } as const;

export function visitorOf(user: User): Visitor {
  return { user, signedIn: Promise.resolve(false), refreshed: Promise.resolve() };
}

/** `planned`: on the clock of `counting`. What needs a sign-in that is under way comes after it, and counts from there. */
export async function visit(
  visited: Visited,
  visitor: Visitor,
  { kind }: Asked,
  { planned, now }: { planned: number; now(): number },
): Promise<void> {
  if (kind === 'sign-in') {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    visitor.signedIn = promise;
    return resolve(await tried(visited, kind, planned, () => comeIn(visited.target, visitor.user)));
  }
  const act = (): Promise<void> => operationOf(kind).run(visited.target, visitor.user);
  const before = now();
  const turn = async (): Promise<void> => {
    if (!(await visitor.signedIn)) return;
    const waited = now() - before;
    await tried(visited, kind, waited < 1 ? planned : now(), act);
  };
  if (kind !== 'refresh') return turn();
  visitor.refreshed = visitor.refreshed.then(turn);
  return visitor.refreshed;
}

/** A browser signs in, and an app beside it gets a refresh token. */
async function comeIn(target: Target, user: User): Promise<void> {
  const { web, spa } = target.ready.clients;
  user.cookies.clear();
  const { access_token: accessToken } = await signIn(target, web, user.person, user.cookies);
  const { refresh_token: refreshToken } = await silentSignOn(target, spa, user.cookies);
  if (!refreshToken) throw new Error('A public client got no refresh token.');
  Object.assign(user, { accessToken, refreshToken });
}

function operationOf(name: Kind) {
  const found = OPERATIONS.find((operation) => operation.name === name);
  if (!found) throw new Error(`There is no operation "${name}".`);
  return found;
}

/** Answers whether it was done in the end. */
async function tried(
  { counting, failed, stop, random, ...visited }: Visited,
  kind: Kind,
  planned: number,
  act: () => Promise<void>,
): Promise<boolean> {
  const wait = visited.pause ?? ((ms: number) => pause(ms, undefined, { signal: stop }));
  const asked = counting.asked(kind, planned);
  for (let left = AGAIN.tries - 1, next: number = AGAIN.first; ; left -= 1) {
    try {
      await act();
      asked.answered();
      return true;
    } catch (error) {
      const trouble = stop.aborted || left === 0 ? 'failed' : troubleOf(error);
      if (trouble === 'failed') {
        asked.failed();
        failed(kind, error);
        return false;
      }
      asked.again(trouble);
    }
    // Not all of them at the same moment.
    await wait(next * (0.5 + random()));
    next = Math.min(AGAIN.most, 2 * next);
  }
}

/** Too much at the moment, nobody there, or something that asking again doesn't help with. */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof UnexpectedAnswer)
    return error.status === 429 || error.status === 503 ? 'refused' : 'failed';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^(?:ECONN|EPIPE|UND_ERR_)/u.test(code)
    ? 'unreachable'
    : 'failed';
}
