/**
 * A process that opens the store of its argument when it is told to (`at once`: by itself), and says
 * what it reads there.
 */
import { openSqliteStore } from '../../src/storage/sqlite/store.ts';
import { notes } from './kinds.ts';
import { plan } from './upgrade-plan.ts';

const [, , path = '', when] = process.argv;

if (when === 'at once') await openAndRead();
process.once('message', () => void openAndRead());
process.send?.('ready');

async function openAndRead(): Promise<void> {
  const parts = { now: Date.now, plan, mayBeServed: true };
  const store = await openSqliteStore(path, [notes], parts);
  process.send?.((await store.get(notes, 'a')) ?? 'nothing');
  await store.close();
  process.disconnect();
}
