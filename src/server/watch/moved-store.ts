/** What a server does whose store was left for another one: it answers 503, and looks whether it may come back. */
import type { Logger } from 'pino';
import type { Config } from '../../config/schema.ts';
import { markOn } from '../../migration/left-store.ts';
import { markerCollection } from '../../migration/marker.ts';
import { openStore } from '../../storage/open.ts';
import { storeOptions } from '../../storage/options.ts';
import { createLoop } from '../../timing/loop.ts';
import { absentHandler } from '../../web/requests/starting.ts';
import type { Views } from '../load-views.ts';
import type { Answering, Place } from '../reload/place.ts';

/** Milliseconds between two looks. */
const LOOK_EVERY = 5_000;

/** What serves, as long as its store has not been left. */
export interface Followed extends Answering {
  config: Config;
  /** Resolves, with the reason for the operator, when the store is on its way to another one. */
  left: Promise<string>;
}

export interface LeftParts<T extends Followed> {
  place: Place<T>;
  views: Views;
  log: Logger;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Whoever is put into the place is put there one after the other. */
  inTurn(work: () => Promise<void>): Promise<void>;
  start(config: Config): Promise<T>;
}

/** Answers what puts somebody into the place, and somebody else when their store is left. */
export function keepFollowing<T extends Followed>(parts: LeftParts<T>): (next: T) => void {
  const { place, log, inTurn, start } = parts;
  const put = (next: T): void => {
    if (next !== place.current) place.put(next);
    void next.left.then((reason) => inTurn(async () => leave(next, reason)));
  };
  const leave = (left: T, reason: string): void => {
    if (place.current !== left) return;
    log.error({ reason }, 'the store is served no longer: it is being moved, or was');
    const comeBack = async (): Promise<void> =>
      inTurn(async () => {
        if (place.current !== gone) return;
        put(await start(left.config));
        log.info('the store is served again: its migration was given up');
      });
    const gone = { ...left, ...answerMoved(left.config, parts, comeBack) };
    place.put(gone);
  };
  return put;
}

/** Asked of a store that is opened each time, as everything else of it has been closed. */
function answerMoved(
  config: Config,
  { views, log, now }: Pick<LeftParts<Followed>, 'views' | 'log' | 'now'>,
  comeBack: () => Promise<void>,
): Answering {
  const look = async (): Promise<void> => {
    const parts = { now, mayBeServed: true, mustExist: true };
    const store = await openStore(storeOptions(config.store), [markerCollection], parts);
    try {
      if ((await markOn(store)) !== undefined) return;
    } finally {
      await store.close();
    }
    await comeBack();
  };
  const failed = (err: unknown): void => log.warn({ err }, 'the store cannot be served again yet');
  const loop = createLoop(look, { every: LOOK_EVERY, failed });
  loop.start();
  return { handler: absentHandler('moved', views, config), close: () => loop.close() };
}
