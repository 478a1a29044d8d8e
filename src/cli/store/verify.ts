/** `latchkey verify`: every document is read, and everything sealed in it opened. Nothing is changed. */
import { requireSettled } from '../../migration/marker.ts';
import { readVault } from '../../secrets/keyring.ts';
import { COLLECTIONS } from '../../server/collections.ts';
import { verifyStore, type Verified } from '../../server/damage/verify.ts';
import { openStore } from '../../storage/open.ts';
import { storeName, storeOptions } from '../../storage/options.ts';
import type { DamagedDocument } from '../../storage/store.ts';
import { printable } from '../../text/printable.ts';
import { configOf, type Command, type Outcome } from '../command.ts';
import { table } from '../list.ts';

export const verifyCommand: Command = {
  usage: '',
  options: {},
  async run(world, { options }) {
    const config = configOf(world, options);
    const { now, stop } = world;
    const chosen = storeOptions(config.store);
    const store = await openStore(chosen, COLLECTIONS, { now, mayBeServed: true, mustExist: true });
    try {
      await requireSettled(store);
      const { key, key_file: keyFile } = config.encryption;
      const vault = await readVault({ key, keyFile });
      const verified = await verifyStore({ store, vault, stop }, COLLECTIONS);
      return outcome(storeName(chosen), verified);
    } finally {
      await store.close();
    }
  },
};

function outcome(name: string, { documents, damaged }: Verified): Outcome {
  const faults = damaged.map(view);
  const json = { documents, damaged: faults };
  const all = documents.toLocaleString('en');
  if (faults.length === 0)
    return {
      text: `All ${all} documents of ${name} can be read, and what is sealed in them opens.`,
      json,
    };
  const text = [
    table(faults, ''),
    '',
    `${faults.length} of ${all} documents of ${name} are damaged. They are left as they are and left out of every list; a backup has them as they are.`,
    'Nobody but a backup from before has what was in them: latchkey restore. The people concerned can be removed and added again.',
  ].join('\n');
  return { text, json, failed: true };
}

/** As other commands show it. */
export function view({ kind, id, reason }: DamagedDocument) {
  return { kind, id: printable(id), reason };
}
