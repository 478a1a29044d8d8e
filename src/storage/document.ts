/**
 * What every engine holds ids, values and collections to, so that whatever one engine takes every other
 * takes as well.
 */
import {
  DamagedDocument,
  type Change,
  type Collection,
  type Counter,
  type Expiry,
  type FieldType,
  type IndexValue,
  type Taken,
} from './store.ts';

const longestId = 200;

/** In characters of JSON; MongoDB's bound is 16 MiB, and one character is at most three bytes. */
const longestDocument = 5 * 1024 * 1024;

/** 32 bytes leave two bits of the last character over. They must be 0: one id has one spelling. */
const hashId = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/** Whether a document of this id can exist. Reading one that cannot is no fault: it is not there. */
export function isPossibleId(collection: Collection<any>, id: string): boolean {
  if (collection.key === 'hash') return hashId.test(id);
  // A lone surrogate has no UTF-8, so two such ids could become the same one.
  return id.length <= longestId && id.isWellFormed();
}

/** Ids that one round trip asks for: bounds what a statement, and its answer, can be. */
const MOST_AT_ONCE = 1_000;

/** What is to be asked for, in portions: each id once, and those alone that can be. */
export function portionsOf(collection: Collection<any>, ids: readonly string[]): string[][] {
  const possible = [...new Set(ids)].filter((id) => isPossibleId(collection, id));
  const count = Math.ceil(possible.length / MOST_AT_ONCE);
  return Array.from({ length: count }, (_, at) =>
    possible.slice(at * MOST_AT_ONCE, (at + 1) * MOST_AT_ONCE),
  );
}

export function requireId(collection: Collection<any>, id: string): void {
  if (isPossibleId(collection, id)) return;
  const rule =
    collection.key === 'hash'
      ? '32 bytes as base64url'
      : `well-formed text of up to ${longestId} characters`;
  throw new RangeError(`An id of "${collection.name}" is ${rule}.`);
}

/** The JSON text of a value. */
export function encodeDocument(collection: Collection<any>, value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined)
    throw new TypeError(`A document of "${collection.name}" must be a JSON value.`);
  if (text.length <= longestDocument) return text;
  throw new RangeError(
    `A document of "${collection.name}" is longer than ${longestDocument} characters.`,
  );
}

/** The value of a text. DamagedDocument, which has nothing of the text, where it is none. */
export function decode<T>(collection: Collection<T>, id: string, text: unknown): T {
  const value = parsed(text);
  const reason = value === undefined ? 'it is not JSON' : misfit(collection.fields, value);
  if (reason === undefined) return value as T;
  throw new DamagedDocument(collection.name, id, reason);
}

/** With all that is in it. Of JSON: there are no circles. */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(text as string);
  } catch {
    return undefined;
  }
}

const IS: Readonly<Record<FieldType, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  flag: (value) => typeof value === 'boolean',
  list: Array.isArray,
  object: (value) => typeof value === 'object' && !Array.isArray(value),
};

const fits = (field: unknown, type: FieldType): boolean =>
  field === undefined || field === null || IS[type](field);

/** Of the fields of a collection, so that no reading makes the list anew. */
const listed = new WeakMap<object, readonly (readonly [name: string, type: FieldType])[]>();

function listOf(fields: NonNullable<Collection<any>['fields']>) {
  const known = listed.get(fields);
  if (known) return known;
  const types = Object.entries(fields) as [FieldType, readonly string[]][];
  const list = types.flatMap(([type, names]) => names.map((name) => [name, type] as const));
  listed.set(fields, list);
  return list;
}

function misfit(fields: Collection<any>['fields'], value: unknown): string | undefined {
  if (!fields) return undefined;
  if (!IS.object(value) || value === null) return 'it is no object';
  for (const [name, type] of listOf(fields))
    if (!fits((value as Record<string, unknown>)[name], type))
      return `its field "${name}" is not of the type ${type}`;
  return undefined;
}

/** What `read` gives of those that can be read, and why the others can't. */
export function readable<R, E>(
  rows: readonly R[],
  read: (row: R) => E,
): { items: E[]; damaged?: DamagedDocument[] } {
  const damaged: DamagedDocument[] = [];
  const items = rows.flatMap((row) => {
    try {
      return [read(row)];
    } catch (error) {
      if (!(error instanceof DamagedDocument)) throw error;
      damaged.push(error);
      return [];
    }
  });
  return damaged.length > 0 ? { items, damaged } : { items };
}

/** The index values of a text: none of one that can't be read, which is found by its id alone. */
export function indexedOf<R>(text: string, indexed: (value: unknown) => R): R | undefined {
  try {
    return indexed(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Milliseconds since the epoch, or `undefined`. */
export function checkedExpiry(expiry: Expiry | undefined): number | undefined {
  const at = expiry?.expiresAt;
  if (at === undefined || Number.isFinite(at)) return at;
  throw new RangeError(`\`expiresAt\` is ${at}: it must be a time in milliseconds.`);
}

/** The index value, or `undefined` for what an index cannot hold. */
export function indexValue(
  collection: Collection<any>,
  index: string,
  value: unknown,
): IndexValue | undefined {
  const indexed: unknown = collection.indexes[index]?.(value);
  if (typeof indexed === 'string' || (typeof indexed === 'number' && !Number.isNaN(indexed)))
    return indexed;
  if (indexed === undefined || indexed === null) return undefined;
  throw new TypeError(
    `Index "${index}" of "${collection.name}" gave a value of type ${typeof indexed}.`,
  );
}

/** What `take` writes. */
export function countedUpTo(
  counter: Counter | undefined,
  { max, expiresAt }: { max: number } & Expiry,
): Change<Counter, Taken> {
  const count = (counter?.count ?? 0) + 1;
  if (count > max) return { result: { taken: false, count: count - 1 } };
  const result = { taken: true, count };
  return counter ? { put: { count }, result } : { put: { count }, expiresAt, result };
}

/** Throws when the declarations themselves cannot work. */
export function checkCollections(collections: readonly Collection<any>[]): void {
  const seen = new Set<string>();
  for (const { name, indexes } of collections) {
    if (!/^[a-z][a-z_]{0,49}$/.test(name)) {
      throw new Error(
        `"${name}" is no name for a collection: lower-case letters and underscores, 50 at most.`,
      );
    }
    if (seen.has(name)) throw new Error(`The collection "${name}" is declared twice.`);
    seen.add(name);
    checkIndexNames(name, Object.keys(indexes));
  }
}

function checkIndexNames(kindName: string, names: string[]): void {
  const bad = names.find((name) => !/^[A-Za-z][A-Za-z0-9]{0,49}$/.test(name));
  if (bad !== undefined) {
    throw new Error(
      `"${bad}" is no name for an index of "${kindName}": letters and digits, 50 at most.`,
    );
  }
  // Columns of SQLite don't tell cases apart.
  if (new Set(names.map((name) => name.toLowerCase())).size < names.length) {
    throw new Error(`Two indexes of "${kindName}" differ in upper and lower case alone.`);
  }
}
