/** Before there is anybody to sign in, the start page and the account say that the installation is not set up yet. */
import type { Middleware } from 'koa';
import { personCollection } from '../../records/person.ts';
import type { Store } from '../../storage/store.ts';
import type { Pages } from '../pages.ts';

const PLACES = /^\/(?:account\/?)?$/iu;

/** The store is asked until somebody is there, and never again: whoever is there is not removed at once. */
export function beforeSetUp(store: Pick<Store, 'scan'>, pages: Pages): Middleware {
  let isSetUp = false;
  return async (ctx, next) => {
    const isPage = (ctx.method === 'GET' || ctx.method === 'HEAD') && PLACES.test(ctx.path);
    if (isPage && !isSetUp) {
      const { items, damaged } = await store.scan(personCollection, { limit: 1 });
      isSetUp = items.length > 0 || damaged !== undefined;
    }
    return isPage && !isSetUp ? pages.show(ctx, 'setup/not-yet', {}) : next();
  };
}
