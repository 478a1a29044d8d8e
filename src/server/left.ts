/** What a server does whose store was left for another one: it answers 503, and looks whether it may come back. */
import type { Logger } from 'pino';
import type { Config } from '../config/schema.ts';
import { markOn } from '../migration/left-store.ts';
import { markerCollection } from '../migration/marker.ts';
import { openStore } from '../storage/open.ts';
import { storeOptions } from '../storage/options.ts';
import { createLoop } from '../timing/loop.ts';
import { absentHandler } from '../web/requests/starting.ts';
import type { Views } from './load-views.ts';
import type { Answering } from './reload/place.ts';

/** Milliseconds between two looks. */
const LOOK_EVERY = 5_000;

export interface LeftParts {
  config: Config;
  views: Views;
  log: Logger;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Serves again; what it throws is why that can't be yet. */
  comeBack(): Promise<void>;
}

/** Asked of a store that is opened each time, as everything else of it has been closed. */
export function answerMoved({ config, views, log, now, comeBack }: LeftParts): Answering {
  const look = async (): Promise<void> => {
    const parts = { now, mayBeServed: true, mustExist: true };
    const store = await openStore(storeOptions(config.store), [markerCollection], parts);
    const mark = await markOn(store).finally(() => store.close());
    if (mark === undefined) await comeBack();
  };
  const failed = (err: unknown): void => log.warn({ err }, 'the store cannot be served again yet');
  const loop = createLoop(look, { every: LOOK_EVERY, failed });
  loop.start();
  return { handler: absentHandler('moved', views, config), close: () => loop.close() };
}
