/** What the console is told of this process, and of what its store is kept in. */
import { stat } from 'node:fs/promises';
import type { Config } from '../../config/schema.ts';
import type { Watched } from '../../operations/health/watched.ts';
import { storeFile, storeFiles } from '../../storage/open.ts';
import { storeName, storeOptions } from '../../storage/options.ts';
import type { Store } from '../../storage/store.ts';
import { expiredLeft } from '../sweep-lease.ts';

/** `out`: where the log goes. */
export function watchedProcess(
  config: Pick<Config, 'store'>,
  store: Pick<Store, 'get'>,
  out: { readonly dropped?: number },
): Watched {
  const options = storeOptions(config.store);
  const files = Object.values(storeFiles(options));
  return {
    droppedLines: () => out.dropped ?? 0,
    expiredLeft: () => expiredLeft(store),
    store: {
      name: storeName(options),
      bytes: async () => (files.length === 0 ? null : sum(await Promise.all(files.map(sizeOf)))),
      hasUpgrade: () => options.engine === 'sqlite' && !storeFile(options).room().givesBack,
    },
  };
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => ({ size: 0 }))).size;
}

const sum = (all: readonly number[]): number => all.reduce((so, one) => so + one, 0);
