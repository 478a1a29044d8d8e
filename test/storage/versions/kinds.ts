/** What two versions declare of the same documents. */
import { collection } from '../../../src/storage/store.ts';

export interface Thing {
  owner: string;
  size?: number;
}

const owner = (thing: Thing): string => thing.owner;
const size = (thing: Thing): number | undefined => thing.size;

export const VERSIONS = {
  old: collection<Thing>('things', { indexes: { owner } }),
  new: collection<Thing>('things', { indexes: { owner, size } }),
  /** Declares no more what the old one does. */
  next: collection<Thing>('things', { indexes: { size } }),
} as const;

export type Version = keyof typeof VERSIONS;
