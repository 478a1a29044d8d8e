/** Harms what is kept, past everything that keeps it whole: as a disk does. */
import { DatabaseSync } from 'node:sqlite';
import mongoose from 'mongoose';
import type { StoreOptions } from '../../src/storage/options.ts';
import type { Collection } from '../../src/storage/store.ts';

/** `harm` gives the new text of the document. Only of a collection whose ids are text. */
export async function damage(
  options: StoreOptions,
  { name }: Collection<any>,
  id: string,
  harm: (text: string) => string,
): Promise<void> {
  if (options.engine === 'sqlite') {
    using db = new DatabaseSync(options.path, { timeout: 5_000 });
    const row = db.prepare(`SELECT doc FROM k_${name} WHERE id = ?`).get(id);
    db.prepare(`UPDATE k_${name} SET doc = ? WHERE id = ?`).run(harm(String(row?.['doc'])), id);
    return;
  }
  const connection = await mongoose.createConnection(options.url).asPromise();
  try {
    const stored = connection.collection<{ _id: string; doc: string }>(name);
    const found = await stored.findOne({ _id: id });
    await stored.updateOne({ _id: id }, { $set: { doc: harm(String(found?.doc)) } });
  } finally {
    await connection.close();
  }
}

export const cutOff = (text: string): string => text.slice(0, text.length / 2);

/** Another character in the ciphertext of the first seal that is in it. */
export const flipInSeal = (text: string): string =>
  text.replace(/(\.\.[\w-]+\.)([\w-])/u, (_, before: string, first: string) =>
    before.concat(first === 'A' ? 'B' : 'A'),
  );
