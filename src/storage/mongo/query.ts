/** Reading in pages. A cursor is the place of the last document given: its index value and its id. */
import type { mongo } from 'mongoose';
import { checkedLimit, checkQuery, decodePlace, encodePlace, placeIn } from '../paging.ts';
import { decode, readable } from '../document.ts';
import { IndexGone } from '../indexes/engine.ts';
import type {
  Collection,
  DamagedDocument,
  Entry,
  IndexValue,
  Page,
  Query,
  StoredPage,
} from '../store.ts';
import { indexNameOf } from './schema.ts';
import { idOf, isAlive, keyOf, type StoredCollection, type StoredDocument } from './collection.ts';

type Condition = mongo.Document;

/** A condition that every document of the page meets: that it has not expired. */
function alive(now: number): Condition {
  return { $or: [{ exp: { $exists: false } }, { exp: { $gt: new Date(now) } }] };
}

/** Those that there are, of ids that are possible, each once. */
export function findPortion(
  stored: StoredCollection,
  collection: Collection<any>,
  ids: readonly string[],
): Promise<StoredDocument[]> {
  const keys = ids.map((id) => keyOf(collection, id));
  // All in the first answer, unless they are more than 16 MiB.
  return stored.find({ _id: { $in: keys } }, { batchSize: ids.length + 1 }).toArray();
}

/** In the order of `ids`. */
export function readPortion<T>(
  collection: Collection<T>,
  ids: readonly string[],
  found: readonly (StoredDocument | null)[],
  now: number,
): { items: [id: string, value: T][]; damaged?: DamagedDocument[] } {
  const documents = new Map(
    found.flatMap((document) => (document ? [[idOf(document._id), document] as const] : [])),
  );
  const there = ids.flatMap((id): [string, string][] => {
    const document = documents.get(id);
    return document && isAlive(document, now) ? [[id, document.doc]] : [];
  });
  return readable(there, ([id, doc]) => [id, decode(collection, id, doc)]);
}

export async function find<T>(
  stored: StoredCollection,
  collection: Collection<T>,
  query: Query,
  now: number,
): Promise<Page<T>> {
  const limit = checkedLimit(query.limit);
  const field = `ix.${query.index}`;
  const order = query.descending ? -1 : 1;
  const found: StoredDocument[] = [];
  for (const part of parts(collection, query)) {
    if (found.length > limit) break;
    const more = stored
      .find({ $and: [part, alive(now)] } as mongo.Filter<StoredDocument>)
      .sort({ [field]: order, _id: order })
      .limit(limit + 1 - found.length)
      // Without it a server that has no such index looks for the values in all documents, where another version wrote none.
      .hint(indexNameOf(query.index));
    found.push(...(await more.toArray().catch(asGone)));
  }
  const valueOf = ({ ix }: StoredDocument): IndexValue => ix?.[query.index] ?? '';
  return pageOf(found, limit, valueOf, (document) => entry(collection, document));
}

/** In the words of servers from 4.4 on. */
function asGone(error: unknown): never {
  const isBadHint = error instanceof Error && /hint provided does not/u.test(error.message);
  throw isBadHint ? new IndexGone(error.message) : error;
}

export interface ScanOptions {
  limit?: number;
  after?: string | undefined;
}

export async function scan<T>(
  stored: StoredCollection,
  collection: Collection<T>,
  options: ScanOptions,
  now: number,
): Promise<Page<T>> {
  const { limit, found } = await scanned(stored, collection, options, now);
  return pageOf(
    found,
    limit,
    () => '',
    (document) => withExpiry(entry(collection, document), document),
  );
}

/** The same, unread. */
export async function readStored(
  stored: StoredCollection,
  collection: Collection<any>,
  options: ScanOptions,
  now: number,
): Promise<StoredPage> {
  const { limit, found } = await scanned(stored, collection, options, now);
  const given = found.slice(0, limit);
  const items = given.map((document) =>
    withExpiry({ id: idOf(document._id), text: document.doc }, document),
  );
  const last = given.at(-1);
  return found.length > limit && last
    ? { items, next: encodePlace({ value: '', at: idOf(last._id) }) }
    : { items };
}

export async function count(stored: StoredCollection, now: number): Promise<number> {
  return stored.countDocuments(alive(now));
}

function withExpiry<E extends object>(
  item: E,
  { exp }: StoredDocument,
): E & { expiresAt?: number } {
  return exp ? { ...item, expiresAt: exp.getTime() } : item;
}

/**
 * One more than the limit, where there are more. What has expired is left out here: asked of the server, that
 * condition leads some of them away from the order of the ids, and each page goes through everything.
 */
async function scanned(
  stored: StoredCollection,
  collection: Collection<any>,
  options: ScanOptions,
  now: number,
): Promise<{ limit: number; found: StoredDocument[] }> {
  const limit = checkedLimit(options.limit);
  const found: StoredDocument[] = [];
  let after =
    options.after === undefined
      ? undefined
      : keyOf(collection, decodePlace(options.after, isId).at);
  for (;;) {
    const most = limit + 1 - found.length;
    const rest = after === undefined ? {} : { _id: { $gt: after } };
    const more = await stored
      .find(rest, { batchSize: most + 1 })
      .sort({ _id: 1 })
      .limit(most)
      .toArray();
    found.push(...more.filter((document) => isAlive(document, now)));
    if (more.length < most || found.length > limit) return { limit, found };
    after = more.at(-1)?._id;
  }
}

/** What a query reads, in order: going on in a range is the rest of the same value, then what is beyond. */
function parts(collection: Collection<any>, query: Query): Condition[] {
  checkQuery(collection, query);
  const { index, equals, from, below, descending = false } = query;
  const field = `ix.${index}`;
  const place = placeIn(query, isId);
  const beyond = descending ? '$lt' : '$gt';
  const rest = place ? { _id: { [beyond]: keyOf(collection, place.at) } } : {};
  if (equals !== undefined) return [{ [field]: equals, ...rest }];
  const range = {
    ...(from === undefined ? {} : { $gte: from }),
    ...(below === undefined ? {} : { $lt: below }),
    ...(place ? { [beyond]: place.value } : {}),
  };
  const inRange = { [field]: Object.keys(range).length > 0 ? range : { $exists: true } };
  return place ? [{ [field]: place.value, ...rest }, inRange] : [inRange];
}

export const isId = (place: unknown): place is string => typeof place === 'string';

export function entry<T>(collection: Collection<T>, { _id, doc }: StoredDocument): Entry<T> {
  const id = idOf(_id);
  return { id, value: decode(collection, id, doc) };
}

/** One document more than the limit was asked for: it says that there is a next page. */
export function pageOf<T>(
  found: StoredDocument[],
  limit: number,
  valueOf: (document: StoredDocument) => IndexValue,
  read: (document: StoredDocument) => Entry<T>,
): Page<T> {
  const given = found.slice(0, limit);
  const page = readable(given, read);
  const last = given.at(-1);
  if (found.length <= limit || !last) return page;
  return { ...page, next: encodePlace({ value: valueOf(last), at: idOf(last._id) }) };
}
