/** What an engine can do beside what the port promises: for indexes that come and go with versions (versions.ts). */
import type { Collection, Page, Query, Store } from '../store.ts';
import { fullName } from './declared.ts';

/** One collection as it is kept, whoever declares what. */
export interface Layout {
  /** Names of those that are there, filled or not. */
  indexes: string[];
  /** About how many documents there are; 0 where nobody asked. */
  documents: number;
}

/** Names of the indexes that there are, among all (fullName). */
export function namesThere(layout: ReadonlyMap<string, Layout>): string[] {
  return [...layout].flatMap(([name, { indexes }]) => indexes.map((one) => fullName(name, one)));
}

export interface Filling {
  /**
   * Those to make, where they are missing. Another that is missing is one that was dropped unseen: whoever goes by it has to
   * notice that it is gone (IndexGone), and would find half of it.
   */
  indexes: readonly string[];
  /** False: it is given up. */
  goOn(): boolean;
  /** Waited for after each slice, so that requests are served meanwhile. */
  rest(): Promise<void>;
}

export interface EngineIndexes {
  /** Has this opening made the store? There is nothing in it then. */
  readonly made: boolean;
  /** By the name of the collection. `count`: documents too. */
  layout(how?: { count: boolean }): Promise<ReadonlyMap<string, Layout>>;
  /** What `find` answers, without an index: every document is read. */
  findWithout<T>(collection: Collection<T>, query: Query): Promise<Page<T>>;
  /**
   * Makes them, and gives every document the values of all that its collection has; may be broken off and done again.
   * False: it was given up.
   */
  fill(collection: Collection<any>, filling: Filling): Promise<boolean>;
  drop(collection: string, index: string): Promise<void>;
  /**
   * Does the store admit versions that know nothing of others, and at their start drop unseen what they do not declare?
   */
  admitsFormer(): Promise<boolean>;
  /** From their next start on it does not. */
  refuseFormer(): Promise<void>;
}

/** Its `find` rejects with IndexGone for an index that is not there. */
export interface Engine extends Store {
  readonly indexes: EngineIndexes;
}

/** `find` was to go by an index that is not there: another version has dropped it. */
export class IndexGone extends Error {
  override readonly name = 'IndexGone';
}
