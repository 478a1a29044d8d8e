/**
 * Stores for tests, each of its own, on the engine that TEST_ENGINE names (`sqlite` unless told;
 * `mongodb` with MONGODB_URI): the same stories are told on both.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import mongoose from 'mongoose';
import type { StoreOptions } from '../../src/storage/options.ts';
import { dropDatabase, emptyDatabase, mongoOptions } from './mongo.ts';

export const ENGINE = process.env['TEST_ENGINE'] === 'mongodb' ? 'mongodb' : 'sqlite';

export interface TestStore {
  options: StoreOptions;
  /** What a server or command is told of it, and of the key. */
  env: Record<string, string>;
  /** Everything that it keeps, as bytes: for what must not be among them. */
  contents(): Promise<Buffer>;
  /** Throws the data away; the folder is its owner's. */
  remove(): Promise<void>;
}

/** In a folder of the test's own. */
export function newStore(folder: string): TestStore {
  return ENGINE === 'mongodb' ? newMongoStore(folder) : newSqliteStore(folder);
}

function newSqliteStore(folder: string): TestStore {
  const path = join(folder, 'data', 'latchkey.db');
  return {
    options: { engine: 'sqlite', path },
    env: {
      LATCHKEY_STORE_PATH: path,
      LATCHKEY_ENCRYPTION_KEY_FILE: join(folder, 'data', 'latchkey.key'),
    },
    // By another program: closing the file in this process would drop SQLite's locks on it.
    contents: async () => spawnSync('cat', [path, `${path}-wal`], { maxBuffer: 64 << 20 }).stdout,
    remove: async () => {},
  };
}

/**
 * The same, where nobody asks whether it has been made before: on MongoDB perhaps one that somebody else had, without
 * their documents. Making sixty collections with their indexes takes seconds.
 */
export function usedStore(folder: string): TestStore {
  const { TEST_DATABASES: prefix } = process.env;
  if (ENGINE !== 'mongodb' || prefix === undefined) return newStore(folder);
  const name = emptied.pop() ?? `${prefix}_${randomBytes(6).toString('hex')}`;
  const store = newMongoStore(folder, name);
  return {
    ...store,
    async remove() {
      await emptyDatabase(mongoOptions(name).url);
      emptied.push(name);
    },
  };
}

/** Names of databases; the runner drops them at its end (TEST_DATABASES). */
const emptied: string[] = [];

function newMongoStore(folder: string, name = `test_${randomBytes(6).toString('hex')}`): TestStore {
  const options = mongoOptions(name);
  return {
    options,
    env: {
      LATCHKEY_STORE_ENGINE: 'mongodb',
      LATCHKEY_STORE_MONGODB_URL: options.url,
      LATCHKEY_STORE_REQUIRE_REPLICA_SET: 'false',
      LATCHKEY_ENCRYPTION_KEY_FILE: newKeyFile(folder),
    },
    contents: () => allOf(options.url),
    remove: () => dropDatabase(options.url),
  };
}

/** Several machines share such a store, so none makes the key by itself. */
function newKeyFile(folder: string): string {
  const path = join(folder, 'data', 'latchkey.key');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
  return path;
}

async function allOf(url: string): Promise<Buffer> {
  const connection = await mongoose.createConnection(url).asPromise();
  try {
    const parts: Buffer[] = [];
    for (const collection of await connection.listCollections())
      for await (const document of connection.collection(collection.name).find())
        parts.push(Buffer.from(mongoose.mongo.BSON.serialize(document)));
    return Buffer.concat(parts);
  } finally {
    await connection.close();
  }
}
