/** The contract on MongoDB, and what is this engine's own. Runs where MONGODB_URI names a server. */
import { randomBytes } from 'node:crypto';
import { describe } from 'node:test';
import type { StoreParts } from '../../src/storage/options.ts';
import { openStore } from '../../src/storage/open.ts';
import type { Collection } from '../../src/storage/store.ts';
import { dropDatabase, mongoOptions, MONGODB_URI } from '../support/mongo.ts';
import { storageContract } from './contract.ts';
import type { Opened } from './contract/setting.ts';

async function openNew(kinds: readonly Collection<any>[], parts: StoreParts): Promise<Opened> {
  const options = mongoOptions(`contract_${randomBytes(6).toString('hex')}`);
  const open = () => openStore(options, kinds, parts);
  let store = await open();
  return {
    store,
    options,
    async reopen() {
      await store.close();
      store = await open();
      return store;
    },
    async remove() {
      await store.close();
      await dropDatabase(options.url);
    },
  };
}

if (MONGODB_URI === undefined) {
  describe('storage contract: mongodb', { skip: 'MONGODB_URI is not set' });
} else {
  storageContract('mongodb', openNew);
}
