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
