import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { openStore } from '../../src/storage/open.ts';
import { lockForServing } from '../../src/storage/sqlite/serve-lock.ts';
import { notes } from './kinds.ts';

describe('the lock of a server', () => {
  let folder: string;
  let path: string;
  const children: ChildProcess[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-lock-'));
    path = join(folder, 'data', 'latchkey.db');
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  const inChild = async (): Promise<{ child: ChildProcess; said: unknown }> => {
    const child = fork(new URL('lock-holder.ts', import.meta.url), [path], {
      stdio: 'inherit',
      execArgv: ['--expose-gc'],
    });
    children.push(child);
    const [said] = (await once(child, 'message')) as unknown[];
    return { child, said };
  };

  test('is held once in a process', () => {
    const lock = lockForServing(path);
    assert.throws(() => lockForServing(path), /Another server is serving .*latchkey\.db already/);
    lock.release();
    lock.release();
    lockForServing(path).release();
  });

  test('is held once between processes, and freed by a crash', async () => {
    const first = await inChild();
    assert.equal(first.said, 'held');
    assert.throws(() => lockForServing(path), /Another server/);
    const second = await inChild();
    assert.match(String(second.said), /Another server/);
    const ended = once(first.child, 'exit');
    first.child.kill('SIGKILL');
    await ended;
    lockForServing(path).release();
  });

  test('is one for all links to the file', () => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '');
    symlinkSync(path, join(folder, 'link.db'));
    symlinkSync(dirname(path), join(folder, 'linked'));
    const lock = lockForServing(path);
    assert.throws(() => lockForServing(join(folder, 'link.db')), /Another server/);
    assert.throws(() => lockForServing(join(folder, 'linked', 'latchkey.db')), /Another server/);
    lock.release();
  });

  test('keeps nobody from the store', async () => {
    const lock = lockForServing(path);
    const store = await openStore({ engine: 'sqlite', path }, [notes], { now: Date.now });
    assert.equal(await store.insert(notes, 'a', { text: '' }), true);
    await store.close();
    lock.release();
  });

  test('its file is for its user alone', () => {
    const lock = lockForServing(path);
    assert.equal(statSync(dirname(path)).mode & 0o777, 0o700);
    assert.equal(statSync(`${path}.lock`).mode & 0o777, 0o600);
    lock.release();
  });
});
