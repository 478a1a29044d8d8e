/** The MongoDB server that the bench may use: a database of its own for each product that is measured. */
import { randomBytes } from 'node:crypto';
import type { Connection, mongo } from 'mongoose';

/** Milliseconds until a server that is not there is given up. */
const REACHED_WITHIN = 10_000;

/**
 * `uri` with the name of a database that nobody else has. `uri` names servers and no database; it may
 * name several, which `URL` does not understand.
 */
export function ownDatabase(uri: string): string {
  const [, servers, query = ''] = /^(mongodb(?:\+srv)?:\/\/[^/?]+)\/?(\?.*)?$/u.exec(uri) ?? [];
  if (servers === undefined) {
    throw new Error(
      'MONGODB_URI must name a server without a database: mongodb://127.0.0.1:27017/',
    );
  }
  return `${servers}/latchkey_bench_${randomBytes(6).toString('hex')}${query}`;
}

export async function dropDatabase(url: string): Promise<void> {
  await withConnection(url, (connection) => connection.dropDatabase());
}

/** What answers there, for the notes below the table. */
export async function describeServer(uri: string): Promise<string> {
  return withConnection(ownDatabase(uri), async ({ db }) => {
    const build = await db?.command({ buildInfo: 1 });
    const hello = await db?.command({ hello: 1 });
    const set = hello?.['setName'] as string | undefined;
    const kind = hello?.['msg'] === 'isdbgrid' ? 'sharded cluster' : 'a server on its own';
    return `${productOf(build ?? {})}, ${set === undefined ? kind : `replica set ${set}`}`;
  });
}

/** Others that speak MongoDB's protocol give their own version beside the one that they stand in for. */
function productOf(build: mongo.Document): string {
  const ferret = build['ferretdb'] as { version?: string } | undefined;
  const version = String(build['version']);
  return ferret ? `FerretDB ${ferret.version ?? ''} as MongoDB ${version}` : `MongoDB ${version}`;
}

async function withConnection<T>(
  url: string,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const options = { serverSelectionTimeoutMS: REACHED_WITHIN, autoCreate: false, autoIndex: false };
  // A tenth of a second and more, which a run without it does without.
  const { default: mongoose } = await import('mongoose');
  const connection = mongoose.createConnection(url, options);
  try {
    return await work(await connection.asPromise());
  } finally {
    await connection.destroy();
  }
}
