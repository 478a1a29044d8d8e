/**
 * Writes until the store refuses, and tries once more after each refusal. Prints which ids were
 * promised and which were refused.
 */
import { openStore } from '../../src/storage/open.ts';
import { StoreUnavailable } from '../../src/storage/store.ts';
import { notes } from './kinds.ts';

const path = process.argv[2] ?? '';
const store = await openStore({ engine: 'sqlite', path }, [notes], { now: Date.now });
const kept: string[] = [];
const refused: string[] = [];

async function write(id: string, length = 3_000): Promise<void> {
  try {
    await store.insert(notes, id, { text: 'x'.repeat(length) });
    kept.push(id);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    refused.push(id);
  }
}

// Too much to keep in memory: this batch fails while it is written, not when it commits.
const large = Array.from({ length: 90 }, (_, n) => write(`large ${n}`, 300_000));
await Promise.all([...large, write('small, and in the same batch')]);
for (let number = 0; refused.length < 120; number += 10) {
  await Promise.all(Array.from({ length: 10 }, (_, n) => write(`${number + n}`)));
}
await store.close().catch(() => undefined);
console.log(JSON.stringify({ kept, refused }));
