/** What this store is for. A demonstration's store is never served as a real one, nor the other way round. */
import { requireSettled } from './marker.ts';
import { collection, type Change, type Store } from '../storage/store.ts';

export type Purpose = 'production' | 'demonstration';

interface InstallationRecord {
  purpose: Purpose;
  createdAt: number;
}
export const installationCollection = collection<InstallationRecord>('installation');
const ID = 'installation';

/** Marks an empty store; `first` tells whether it was. Throws when it was made for the other purpose, or is on the way to another store. */
export async function claimInstallation(
  store: Pick<Store, 'get' | 'update'>,
  purpose: Purpose,
  now: number,
): Promise<{ first: boolean }> {
  await requireSettled(store);
  const found = await store.update(
    installationCollection,
    ID,
    (current): Change<InstallationRecord, InstallationRecord | undefined> =>
      current ? { result: current } : { put: { purpose, createdAt: now }, result: undefined },
  );
  if (found && found.purpose !== purpose) {
    throw new Error(
      found.purpose === 'demonstration'
        ? 'This store was made by the demonstration. Use another store.path for a real installation.'
        : 'This store belongs to a real installation. The demonstration does not touch it; give it another folder with --data.',
    );
  }
  return { first: found === undefined };
}
