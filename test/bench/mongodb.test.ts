/** The bench's databases on a MongoDB server, and a run on it where MONGODB_URI names one. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import mongoose from 'mongoose';
import { describeServer, dropDatabase, ownDatabase } from '../../bench/mongodb.ts';
import { MONGODB_URI } from '../support/mongo.ts';
import { bench } from './bench.ts';

describe('a database of its own', () => {
  test('is another one each time, on the same servers with the same options', () => {
    const own = /^mongodb:\/\/a:1,b:2\/latchkey_bench_[0-9a-f]{12}\?replicaSet=rs0$/u;
    const [first, second] = [1, 2].map(() => ownDatabase('mongodb://a:1,b:2/?replicaSet=rs0'));
    assert.match(first ?? '', own);
    assert.notEqual(first, second);
    assert.match(
      ownDatabase('mongodb+srv://u:p@c.example'),
      /^mongodb\+srv:\/\/u:p@c\.example\/l/u,
    );
  });

  test('is never somebody else’s', () => {
    for (const uri of ['mongodb://a/accounts', 'http://a/', '']) {
      assert.throws(() => ownDatabase(uri), /must name a server without a database/u);
    }
  });
});

describe('with a server', { skip: MONGODB_URI === undefined && 'MONGODB_URI is not set' }, () => {
  test('a run measures on it, says what it is, and leaves nothing there', async () => {
    const run = ['--engine', 'mongodb', '--workers', '1,2', '--only', 'client-credentials'];
    const env = { MONGODB_URI };
    const { code, stdout, stderr } = await bench(
      [...run, '--rounds', '1', '--seconds', '0.1'],
      env,
    );
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^client-credentials +mongodb ×1 +\d+/mu);
    assert.match(stdout, /^client-credentials +mongodb ×2 +\d+/mu);
    assert.ok(stdout.includes(await describeServer(MONGODB_URI ?? '')));
  });

  test('a database that is dropped is gone', async () => {
    const url = ownDatabase(MONGODB_URI ?? '');
    const connection = await mongoose.createConnection(url).asPromise();
    await connection.collection('things').insertOne({ one: 1 });
    await dropDatabase(url);
    assert.equal(await connection.collection('things').countDocuments(), 0);
    await connection.close();
  });
});
