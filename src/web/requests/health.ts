/**
 * Probes: `/healthz` says that the process answers, `/readyz` that it can serve, and which part
 * cannot. Any Host may ask, so the reason is for the log only.
 */
import type { Context, Middleware } from 'koa';
import type { Store } from '../../storage/store.ts';
import { within } from '../../timing/within.ts';

export interface ProbeParts {
  store: Pick<Store, 'ping'>;
  /** `stopping`: it finishes what it has begun, and gets no new work. Ready unless told. */
  state?: (() => 'ready' | 'stopping') | undefined;
  /** Does it lack an encryption key that something is made with? It does not unless told. */
  lacksKey?: (() => boolean) | undefined;
  /** Milliseconds since the epoch. */
  now(): number;
}

interface Parts {
  /** `moved`: its store is on the way to another one, or was left; it is not served. */
  server: 'ok' | 'starting' | 'stopping' | 'moved';
  store: 'ok' | 'unavailable' | 'moved';
  /** A key is not there that something is made with (the log names it); absent: all are. */
  keys?: 'missing';
}

/** Milliseconds that an answer of the store is good for: probing it writes, and anybody may probe. */
const GOOD_FOR = 1000;
/** Milliseconds that a probe waits for the store. */
const PATIENCE = 2000;
/** Seconds. */
export const RETRY_AFTER = '5';

/** `patience`: milliseconds that a probe waits for the store. */
export function healthProbes(
  { store, state = () => 'ready', lacksKey = () => false, now }: ProbeParts,
  patience = PATIENCE,
): Middleware {
  const storeAnswers = probe(store, now, patience);
  const answerReady = async (ctx: Context): Promise<void> => {
    const reached = await storeAnswers();
    const server = state() === 'ready' ? 'ok' : 'stopping';
    const keys = lacksKey() ? ({ keys: 'missing' } as const) : {};
    const { status, body } = readiness({ server, store: reached ? 'ok' : 'unavailable', ...keys });
    return answerProbe(ctx, status, body);
  };
  return (ctx, next) => {
    if (ctx.path === '/healthz') return answerProbe(ctx, 200, { status: 'ok' });
    return ctx.path === '/readyz' ? answerReady(ctx) : next();
  };
}

function readiness(parts: Parts): { status: number; body: object } {
  const isReady = parts.server === 'ok' && parts.store === 'ok' && parts.keys === undefined;
  return {
    status: isReady ? 200 : 503,
    body: { status: isReady ? 'ok' : 'not ready', parts },
  };
}

function answerProbe(ctx: Context, status: number, body: object): void {
  ctx.set(PLAIN);
  if (status === 503) ctx.set('Retry-After', RETRY_AFTER);
  ctx.status = status;
  ctx.body = body;
}

/** Asks at most once in a while, and not again while it is waiting for an answer. */
function probe(
  store: Pick<Store, 'ping'>,
  now: () => number,
  patience: number,
): () => Promise<boolean> {
  let askedAt = -Infinity;
  let answered = true;
  let reached = Promise.resolve(false);
  return () => {
    if (!answered || Math.abs(now() - askedAt) < GOOD_FOR) return within(patience, reached, false);
    askedAt = now();
    answered = false;
    const is = (verdict: boolean) => (): boolean => {
      answered = true;
      return verdict;
    };
    reached = store.ping().then(is(true), is(false));
    return within(patience, reached, false);
  };
}

const PLAIN = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** The same where no store is asked: there is none yet, or it has been left for another one. */
export function probesWithoutStore(server: 'starting' | 'moved'): Middleware {
  return (ctx, next) => {
    if (ctx.path === '/healthz') return answerProbe(ctx, 200, { status: 'ok' });
    if (ctx.path !== '/readyz') return next();
    const store = server === 'moved' ? 'moved' : 'unavailable';
    const { status, body } = readiness({ server, store });
    return answerProbe(ctx, status, body);
  };
}
