/** What the tests of the contract share. */
import { createHash } from 'node:crypto';
import type { StoreOptions, StoreParts } from '../../../src/storage/options.ts';
import type { Collection, Page, Store } from '../../../src/storage/store.ts';

/** A new and empty store. */
export interface Opened {
  store: Store;
  /** What a helper process opens the same store with. */
  options: StoreOptions;
  /** Closes the store and opens it again. */
  reopen(): Promise<Store>;
  /** Closes the store and throws its data away. */
  remove(): Promise<void>;
}

export type OpenNew = (kinds: readonly Collection<any>[], parts: StoreParts) => Promise<Opened>;

export interface Bench {
  store: Store;
  opened: Opened;
  clock: { now: number };
}

/** The store of the test that is running. */
export type Setting = () => Bench;

export const hashOf = (text: string): string =>
  createHash('sha256').update(text).digest('base64url');

/** 0, 1, … */
export const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

export const idsOf = (page: Page<unknown>): string[] => page.items.map((item) => item.id);

export async function allPages<T>(
  next: (after: string | undefined) => Promise<Page<T>>,
): Promise<Page<T>[]> {
  const pages = [await next(undefined)];
  for (let last = pages[0]!; last.next !== undefined; pages.push(last))
    last = await next(last.next);
  return pages;
}
