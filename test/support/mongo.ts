/** Databases of their own on the server that MONGODB_URI names. */
import mongoose from 'mongoose';
import type { StoreOptions } from '../../src/storage/options.ts';

/** Without a database: `mongodb://127.0.0.1:27017/`. */
export const MONGODB_URI = process.env['MONGODB_URI'];

export type MongoOptions = Extract<StoreOptions, { engine: 'mongodb' }>;

/** A server for tests may be one on its own. */
export function mongoOptions(database: string): MongoOptions {
  return { engine: 'mongodb', url: urlOf(database), requireReplicaSet: false, timeout: 5_000 };
}

export function urlOf(database: string): string {
  if (MONGODB_URI === undefined) throw new Error('MONGODB_URI is not set');
  const url = new URL(MONGODB_URI);
  url.pathname = `/${database}`;
  return url.href;
}

/** Where the first server of a connection string listens. */
export function serverOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port || 27_017) };
}

export async function dropDatabase(url: string): Promise<void> {
  const connection = await mongoose.createConnection(url).asPromise();
  await connection.dropDatabase();
  await connection.close();
}

/** Of the storage itself: the first says whose the database is, the second which indexes can be relied on. */
const KEPT = ['latchkey.schema', 'index_state'];

/** Takes every document away, and leaves the collections with their indexes. */
export async function emptyDatabase(url: string): Promise<void> {
  const connection = await mongoose.createConnection(url, { maxPoolSize: 8 }).asPromise();
  const collections = await connection.listCollections();
  const used = collections.map(({ name }) => name).filter((name) => !KEPT.includes(name));
  await Promise.all(used.map((name) => connection.collection(name).deleteMany({})));
  await connection.close();
}

/** Those whose names begin like that. */
export async function dropDatabases(prefix: string): Promise<void> {
  const connection = await mongoose.createConnection(urlOf('admin')).asPromise();
  const { databases } = await connection.listDatabases();
  for (const { name } of databases)
    if (name.startsWith(prefix)) await connection.useDb(name).dropDatabase();
  await connection.close();
}
