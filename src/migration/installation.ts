/** What this store is for. A demonstration's store is never served as a real one, nor the other way round. */
import type { Config } from '../config/schema.ts';
import { requireSettled } from './marker.ts';
import { collection, type Change, type Store } from '../storage/store.ts';

export type Purpose = 'production' | 'demonstration';

/** What links and mails depend on: as the server was configured that was started last. */
export interface Facts {
  issuer: string;
  /** Is there a mail server? */
  mail: boolean;
}

export function configuredFacts({ issuer, mail }: Pick<Config, 'issuer' | 'mail'>): Facts {
  return { issuer, mail: mail.smtp_url !== undefined };
}

interface InstallationRecord extends Partial<Facts> {
  purpose: Purpose;
  createdAt: number;
}
export const installationCollection = collection<InstallationRecord>('installation');
const ID = 'installation';

export interface Claimed {
  /** Was the store empty? */
  first: boolean;
  /** What was remembered, where it was not the same. */
  before: Facts | undefined;
}

/**
 * Marks an empty store, and remembers the facts of the server that starts on it. Throws when it was made
 * for the other purpose, or is on the way to another store.
 */
export async function claimInstallation(
  store: Pick<Store, 'get' | 'update'>,
  purpose: Purpose,
  now: number,
  facts?: Facts,
): Promise<Claimed> {
  await requireSettled(store);
  const found = await store.update(
    installationCollection,
    ID,
    (current): Change<InstallationRecord, InstallationRecord | undefined> => {
      const fits = current === undefined || current.purpose === purpose;
      if (!fits || (current && isSame(factsIn(current), facts))) return { result: current };
      return { put: { purpose, createdAt: now, ...current, ...facts }, result: current };
    },
  );
  if (found && found.purpose !== purpose) throw new Error(OTHER_PURPOSE[found.purpose]);
  const before = found && factsIn(found);
  return { first: found === undefined, before: isSame(before, facts) ? undefined : before };
}

const OTHER_PURPOSE: Readonly<Record<Purpose, string>> = {
  demonstration:
    'This store was made by the demonstration. Use another store.path for a real installation.',
  production:
    'This store belongs to a real installation. The demonstration does not touch it; give it another folder with --data.',
};

/** Undefined: no server of a version that remembers them has run. */
export async function factsOf(store: Pick<Store, 'get'>): Promise<Facts | undefined> {
  const record = await store.get(installationCollection, ID);
  return record && factsIn(record);
}

function factsIn({ issuer, mail }: InstallationRecord): Facts | undefined {
  return issuer === undefined || mail === undefined ? undefined : { issuer, mail };
}

function isSame(one: Facts | undefined, other: Facts | undefined): boolean {
  return other === undefined || (one?.issuer === other.issuer && one.mail === other.mail);
}
