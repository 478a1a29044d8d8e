/** What is made, checked and refused when a MongoDB store is opened. Runs where MONGODB_URI names a server. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'node:test';
import mongoose from 'mongoose';
import { idOf, type Key } from '../../src/storage/mongo/collection.ts';
import { connect, databaseOf } from '../../src/storage/mongo/connect.ts';
import { openStore } from '../../src/storage/open.ts';
import { collection, type Collection, type Store } from '../../src/storage/store.ts';
import { dropDatabase, MONGODB_URI, mongoOptions, type MongoOptions } from '../support/mongo.ts';
import { hashed, notes, type Note } from './kinds.ts';

const skip = MONGODB_URI === undefined ? 'MONGODB_URI is not set' : false;
const now = (): number => 4_000_000_000_000;

describe('a MongoDB database', { skip }, () => {
  let options: MongoOptions;
  beforeEach(() => {
    options = mongoOptions(`schema_${randomBytes(6).toString('hex')}`);
  });
  afterEach(() => dropDatabase(options.url));

  const used = async <R>(kinds: readonly Collection<any>[], use: (store: Store) => Promise<R>) => {
    const store = await openStore(options, kinds, { now });
    return use(store).finally(() => store.close());
  };
  const raw = async <R>(use: (db: mongoose.Connection) => Promise<R>): Promise<R> => {
    const connection = await mongoose.createConnection(options.url).asPromise();
    return use(connection).finally(() => connection.close());
  };
  const indexesOf = (name: string) => raw((db) => db.collection(name).indexes());
  const setVersion = (version: number) =>
    raw((db) =>
      db
        .collection<{ _id: string }>('latchkey.schema')
        .updateOne({ _id: 'schema' }, { $set: { version } }),
    );

  it('has an index for each that is declared, and one by which the server removes', async () => {
    await used([notes], async () => {});
    const indexes = new Map((await indexesOf('notes')).map((index) => [index.name, index]));
    assert.deepEqual([...indexes.keys()].toSorted(), ['_id_', 'expiry', 'ix_owner', 'ix_size']);
    assert.equal(indexes.get('expiry')?.expireAfterSeconds, 3_600);
    assert.deepEqual(indexes.get('ix_owner')?.key, { 'ix.owner': 1, _id: 1 });
  });

  it('keeps hashes as 32 bytes, expiries as dates, and values as text', async () => {
    const id = Buffer.alloc(32, 7).toString('base64url');
    await used([hashed], (store) =>
      store.insert(hashed, id, { text: 'x' }, { expiresAt: 4_100_000_000_000 }),
    );
    const document = await raw((db) => db.collection('hashed').findOne({}));
    assert.equal(idOf(document?.['_id'] as unknown as Key), id);
    assert.ok(document?.['exp'] instanceof Date);
    assert.equal(document['doc'], '{"text":"x"}');
  });

  it('opened by many at once is made once', async () => {
    const stores = await Promise.all([1, 2, 3].map(() => openStore(options, [notes], { now })));
    const inserted = await Promise.all(stores.map((s) => s.insert(notes, 'a', { text: '' })));
    assert.equal(inserted.filter(Boolean).length, 1);
    await Promise.all(stores.map((store) => store.close()));
  });

  it('of another program is refused, and left as it was', async () => {
    await raw((db) => db.collection('theirs').insertOne({ x: 1 }));
    await assert.rejects(openStore(options, [notes], { now }), /holds data of another program/u);
    const names = await raw(async (db) => (await db.listCollections()).map(({ name }) => name));
    assert.deepEqual(names, ['theirs']);
  });

  it('of a newer version is refused', async () => {
    await used([notes], async () => {});
    await setVersion(99);
    await assert.rejects(openStore(options, [notes], { now }), /newer version.* 99/u);
  });

  it('keeps away from its first day versions that drop the indexes of others', async () => {
    const admits = async (): Promise<boolean> => {
      const store = await openStore(options, [notes], { now });
      return store.engine.indexes.admitsFormer().finally(() => store.close());
    };
    assert.equal(await admits(), false);
    const known = await raw((db) => db.collection('latchkey.schema').findOne({}));
    assert.equal(known?.['version'], 2, 'those know 1');
    await setVersion(1);
    assert.equal(await admits(), true, 'an older one made it: the way back is open');
    const store = await openStore(options, [notes], { now });
    await store.engine.indexes.refuseFormer();
    await store.close();
    assert.equal(await admits(), false);
  });

  it('on a server on its own is refused, unless that is accepted', async () => {
    const strict = { ...options, requireReplicaSet: true };
    await assert.rejects(
      openStore(strict, [notes], { now }),
      /neither a replica set.*rs\.initiate/su,
    );
  });

  const plain = collection<Note>('notes');
  const bySize = collection<Note>('notes', { indexes: { size: (note) => note.size } });
  const sized = async (store: Store): Promise<string[]> =>
    (await store.find(bySize, { index: 'size', limit: 2_000 })).items.map((item) => item.id);

  it('an index that is added later holds what was there before', async () => {
    await used([plain], (store) =>
      Promise.all(
        Array.from({ length: 1_200 }, (_, n) =>
          store.insert(plain, `${n}`, { text: '', size: -n }),
        ),
      ),
    );
    const found = await used([bySize], sized);
    assert.equal(found.length, 1_200);
    assert.equal(found[0], '1199');
  });

  it('an index that was gone for a while is whole again', async () => {
    await used([bySize], async (store) => {
      await store.insert(bySize, 'removed', { text: '', size: 1 });
      await store.insert(bySize, 'moved', { text: '', size: 2 });
    });
    await used([plain], async (store) => {
      await store.put(plain, 'removed', { text: '' });
      await store.put(plain, 'moved', { text: '', size: 9 });
      await store.put(plain, 'added', { text: '', size: 3 });
    });
    assert.deepEqual(await used([bySize], sized), ['added', 'moved']);
  });

  it('one that was dropped unseen is not made, half, along with another', async () => {
    await used([bySize], async (store) => {
      await store.insert(bySize, 'a', { text: '', size: 2 });
      await store.insert(bySize, 'b', { text: '', size: 1 });
    });
    await raw((db) => db.collection('notes').dropIndex('ix_size'));
    const more = { size: (note: Note) => note.size, length: (note: Note) => note.text.length };
    const both = collection<Note>('notes', { indexes: more });
    await used([both], async (store) => {
      const names = (await indexesOf('notes')).map(({ name }) => name);
      assert.deepEqual(names.toSorted(), ['_id_', 'expiry', 'ix_length']);
      assert.deepEqual(await sized(store), ['b', 'a']);
    });
    assert.deepEqual(await used([both], sized), ['b', 'a']);
    assert.ok(
      (await indexesOf('notes')).some(({ name }) => name === 'ix_size'),
      'made anew',
    );
  });

  it('another form of id is refused', async () => {
    await used([notes], (store) => store.insert(notes, 'a', { text: '' }));
    const other = [collection('notes', { key: 'hash' })];
    await assert.rejects(openStore(options, other, { now }), /ids of "notes"/u);
  });
});

describe('what the address says about safety', { skip }, () => {
  it('does not weaken writes or reads', async () => {
    const options = mongoOptions(`weak_${randomBytes(6).toString('hex')}`);
    const weak = new URL(options.url);
    weak.search =
      '?w=0&journal=false&readConcernLevel=local&readPreference=secondary&retryWrites=false';
    const { connection } = await connect({ ...options, url: weak.href });
    try {
      const collection = databaseOf(connection).collection('any');
      assert.deepEqual(
        [collection.writeConcern?.w, collection.writeConcern?.journal],
        ['majority', true],
      );
      assert.equal(collection.readConcern?.level, 'majority');
      assert.equal(collection.readPreference?.mode, 'primary');
      assert.equal(connection.getClient().options.retryWrites, true);
    } finally {
      await connection.destroy();
    }
  });
});
