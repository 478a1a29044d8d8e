/** The connection, and whether the server behind it can keep what the port promises. */
import mongoose, { type Connection } from 'mongoose';
import type { StoreOptions } from '../options.ts';
import { StoreUnavailable } from '../store.ts';

export type MongoOptions = Extract<StoreOptions, { engine: 'mongodb' }>;

/** Wire version of MongoDB 7.0, the oldest one that is maintained. */
const oldestWire = 21;

/** Operations at once of one process; the others wait (slots.ts). */
export const MOST_AT_ONCE = 50;

/** Error codes: AuthenticationFailed, and what Atlas says for it. */
const authenticationFailed = new Set<unknown>([18, 8000]);

export interface Connected {
  connection: Connection;
  /** Is it to a router of a sharded cluster? */
  isSharded: boolean;
}

/** Rejects with StoreUnavailable when no server can be reached, and with an Error when it is not fit. */
export async function connect(options: MongoOptions): Promise<Connected> {
  const connection = mongoose.createConnection(options.url, clientOptions(options.timeout));
  // A connection that is lost later is told by the calls that fail; without a listener it would be thrown.
  connection.on('error', () => {});
  try {
    await connection.asPromise();
    const hello = await databaseOf(connection).command({ hello: 1 });
    checkServer(hello, options.requireReplicaSet);
    return { connection, isSharded: isRouter(hello) };
  } catch (error) {
    await connection.destroy().catch(() => {});
    throw explained(error);
  }
}

/** The driver repeats a write once when the connection broke, and the server tells it from a second one. */
function clientOptions(timeout: number): mongoose.ConnectOptions {
  return {
    autoCreate: false,
    autoIndex: false,
    bufferCommands: false,
    retryWrites: true,
    retryReads: true,
    serverSelectionTimeoutMS: timeout,
    connectTimeoutMS: timeout,
    socketTimeoutMS: timeout,
    // So many connections that nobody waits for one but while it is made, which `connectTimeoutMS` bounds.
    waitQueueTimeoutMS: 0,
    maxPoolSize: MOST_AT_ONCE,
    appName: 'latchkey',
  };
}

/**
 * The database as everything here uses it. Majority writes, in the journal: what was acknowledged
 * survives the loss of any one machine. Reads go to the primary and see only what a majority has. Said
 * here and not to the client, where options in the address would go before it.
 */
export function databaseOf(connection: Connection): mongoose.mongo.Db {
  const name = connection.db?.databaseName;
  if (name === undefined) throw new StoreUnavailable('The connection to MongoDB is closed.');
  return connection.getClient().db(name, {
    readPreference: 'primary',
    readConcern: new mongoose.mongo.ReadConcern('majority'),
    writeConcern: { w: 'majority', journal: true },
  });
}

/** One document that proves that a majority takes writes. */
const PINGS = 'latchkey.pings';

/** Rejects where nothing can be written. `now`: milliseconds since the epoch. */
export async function writePing(connection: Connection, now: number): Promise<void> {
  await databaseOf(connection)
    .collection<{ _id: string; at: Date }>(PINGS)
    .updateOne({ _id: 'ping' }, { $set: { at: new Date(now) } }, { upsert: true });
}

const isRouter = (hello: mongoose.mongo.Document): boolean => hello['msg'] === 'isdbgrid';

function checkServer(hello: mongoose.mongo.Document, requireReplicaSet: boolean): void {
  if (Number(hello['maxWireVersion']) < oldestWire) {
    throw new Error('The MongoDB server is too old: Latchkey needs 7.0 or newer.');
  }
  if (hello['logicalSessionTimeoutMinutes'] === undefined) {
    throw new Error('The MongoDB server has no sessions, which retryable writes need.');
  }
  const lastsWithoutOneMachine = hello['setName'] !== undefined || isRouter(hello);
  if (lastsWithoutOneMachine || !requireReplicaSet) return;
  throw new Error(
    'The MongoDB server is neither a replica set nor a sharded cluster: what it has is lost with that one machine. ' +
      'Initiate a replica set (rs.initiate()), or accept that with store.require_replica_set: false.',
  );
}

/** Messages of the driver name hosts and reasons, never a password. */
function explained(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? error.code : undefined;
  if (authenticationFailed.has(code)) {
    return new Error(
      `The MongoDB server refuses the user or password of store.mongodb_url: ${error.message}`,
      { cause: error },
    );
  }
  if (error instanceof mongoose.mongo.MongoError || error instanceof mongoose.MongooseError) {
    return new StoreUnavailable(`MongoDB cannot be reached: ${error.message}`, { cause: error });
  }
  return error;
}
