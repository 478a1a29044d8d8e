/**
 * Reading a whole list of any length: `entries((after) => store.find(collection, { index, equals, after }))`,
 * of which one page is in memory at a time.
 */
import type { Entry, Page } from './store.ts';

/** Reads the page behind a cursor, or the first one. */
type ReadPage<P> = (after: string | undefined) => Promise<P>;

/** Page by page, the next one when it is asked for. `from`: a cursor to go on from. */
export async function* pages<P extends { next?: string }>(
  read: ReadPage<P>,
  from?: string,
): AsyncGenerator<P> {
  let after = from;
  do {
    const page = await read(after);
    yield page;
    after = page.next;
  } while (after !== undefined);
}

/** One by one. */
export async function* entries<T>(read: ReadPage<Page<T>>): AsyncGenerator<Entry<T>> {
  for await (const { items } of pages(read)) yield* items;
}

/**
 * What `read` gives from `after` on; a cursor of another list, another engine or of nobody's making is of no use:
 * then from the start.
 */
export async function fromCursor<P>(
  after: string | undefined,
  read: (after: string | undefined) => Promise<P>,
): Promise<P> {
  try {
    return await read(after);
  } catch (error) {
    if (!(error instanceof RangeError) || after === undefined) throw error;
    return read(undefined);
  }
}
