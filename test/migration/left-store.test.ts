/** A server whose store is moved under it: it notices, and neither it nor a command uses half of a store. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { MARKER, markerCollection, type Marker } from '../../src/migration/marker.ts';
import { COLLECTIONS } from '../../src/server/collections.ts';
import { openStore } from '../../src/storage/open.ts';
import type { Store } from '../../src/storage/store.ts';
import { startChild, type Child } from '../support/child.ts';
import { MAIN, useInstallation } from '../support/command-line.ts';

interface Line {
  /** Milliseconds since the epoch. */
  time: number;
  msg: string;
  reason?: string;
}

describe('a server whose store is moved', () => {
  const latchkey = useInstallation();
  let server: Child;
  let store: Store;
  before(async () => {
    const { folder: cwd, env } = latchkey;
    server = await startChild([MAIN, 'serve'], { cwd, env, ready: /Latchkey is ready/u });
    store = await openStore(latchkey.store, COLLECTIONS, { now: Date.now });
  });
  after(async () => {
    await store.close();
    await server.stop();
  });

  const ask = (path: string, accept = 'application/json') =>
    fetch(`${latchkey.issuer}${path}`, { headers: { accept }, redirect: 'manual' });
  const ready = async () => {
    const answer = await ask('/readyz');
    const { parts } = (await answer.json()) as { parts: object };
    return { status: answer.status, parts };
  };
  const said = (what: RegExp): Line[] =>
    server.lines.filter((line) => what.test(line)).map((line) => JSON.parse(line) as Line);

  it('serves it no longer within two seconds, says so, and commands refuse it', async () => {
    const at = Date.now();
    const marker: Marker = { role: 'source', target: 'elsewhere', state: 'moving', at };
    await store.put(markerCollection, MARKER, marker);
    await server.said(/served no longer/u);
    assert.deepEqual(await ready(), {
      status: 503,
      parts: { server: 'moved', store: 'moved' },
    });
    const [line, ...again] = said(/served no longer/u);
    assert.ok(line!.time - at < 2_000, `${line!.time - at} ms`);
    assert.match(line!.reason ?? '', /migration from this store to elsewhere .*--forget/u);
    assert.deepEqual(again, []);
    assert.equal((await ask('/healthz')).status, 200);
    const program = await ask('/.well-known/openid-configuration');
    assert.deepEqual([program.status, program.headers.get('retry-after')], [503, '5']);
    const page = await ask('/account', 'text/html');
    assert.equal(page.status, 503);
    assert.match(await page.text(), /<h1>This service is being moved<\/h1>/u);
    for (const command of [
      ['user', 'list'],
      ['org', 'list'],
      ['revoke-all', '--yes'],
    ])
      await latchkey.refused(command);
    assert.match((await latchkey.refused(['user', 'list'])).stderr, /has not finished/u);
    if (latchkey.store.engine === 'sqlite') {
      const target = join(latchkey.folder, 'copy.backup');
      assert.match((await latchkey.refused(['backup', target])).stderr, /has not finished/u);
    }
  });

  it('serves it again when the migration was given up', async () => {
    await store.delete(markerCollection, MARKER);
    await server.said(/served again/u);
    assert.equal((await ready()).status, 200);
    assert.equal((await ask('/.well-known/openid-configuration')).status, 200);
  });

  it('is not in the way of a migration that nobody stopped it for', async (t) => {
    if (latchkey.store.engine === 'sqlite') return t.skip('the lock of the store keeps it away');
    const there = `sqlite:${join(latchkey.folder, 'there.db')}`;
    await latchkey.ok(['migrate', '--to', there]);
    assert.deepEqual((await ready()).parts, { server: 'moved', store: 'moved' });
    assert.match((await latchkey.refused(['user', 'list'])).stderr, /was moved to sqlite:/u);
  });
});
