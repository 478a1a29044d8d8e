/** What is sent together, and who waits for what, whatever the commands are. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Gathered } from '../../src/storage/mongo/slots.ts';

interface Sent {
  all: string[];
  /** Its command ends; what it fails with. */
  end(error?: Error): Promise<void>;
}

let sent: Sent[];
let failures: unknown[];
beforeEach(() => {
  [sent, failures] = [[], []];
  mock.timers.enable({ apis: ['setTimeout'] });
});
afterEach(() => mock.timers.reset());

function gathering(most: number): Gathered<string> {
  const gathered = new Gathered<string>(most, (all) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const end = async (error?: Error): Promise<void> => {
      if (error) reject(error);
      else resolve();
      await turn();
    };
    sent.push({ all, end });
    gathered.command(() => promise).catch((error: unknown) => failures.push(error));
  });
  return gathered;
}

const words = (): string[] => sent.map(({ all }) => all.join(' '));

describe('what is asked for', () => {
  it('in one turn goes together, and by itself where nothing is under way', async () => {
    const gathered = gathering(1);
    for (const one of ['a', 'b']) gathered.add(one);
    await turn();
    assert.deepEqual(words(), ['a b']);
    await sent[0]?.end();
    gathered.add('c');
    await turn();
    assert.deepEqual(words(), ['a b', 'c']);
  });

  it('while others are under way goes together when they have been answered', async () => {
    const gathered = gathering(1);
    for (const one of ['a', 'b', 'c', 'd']) {
      gathered.add(one);
      await turn();
    }
    assert.deepEqual(words(), ['a']);
    await sent[0]?.end();
    assert.deepEqual(words(), ['a', 'b c d']);
  });

  it('goes on while fewer are under way than may be', async () => {
    const gathered = gathering(2);
    for (const one of ['a', 'b', 'c', 'd']) {
      gathered.add(one);
      await turn();
    }
    assert.deepEqual(words(), ['a', 'b']);
    await sent[1]?.end();
    assert.deepEqual(words(), ['a', 'b', 'c d']);
    gathered.add('e');
    await turn();
    assert.equal(sent.length, 3);
    await sent[0]?.end();
    assert.deepEqual(words().at(-1), 'e');
  });

  it('because of an answer goes along with what waits for it', async () => {
    const gathered = gathering(1);
    gathered.add('a');
    await turn();
    gathered.add('b');
    const ended = sent[0]?.end();
    await Promise.resolve();
    gathered.add('follows');
    await ended;
    assert.deepEqual(words(), ['a', 'b follows']);
  });

  it('goes on after one that failed', async () => {
    const gathered = gathering(1);
    gathered.add('a');
    await turn();
    gathered.add('b');
    await sent[0]?.end(new Error('broken'));
    assert.deepEqual(words(), ['a', 'b']);
    assert.match(String(failures), /broken/u);
  });

  it('waits no longer for what stands still, which is not counted again when it ends', async () => {
    const gathered = gathering(1);
    gathered.add('stands still');
    await turn();
    gathered.add('b');
    mock.timers.tick(49);
    await turn();
    assert.equal(sent.length, 1);
    mock.timers.tick(1);
    await turn();
    assert.deepEqual(words(), ['stands still', 'b']);
    gathered.add('c');
    await sent[0]?.end();
    assert.equal(sent.length, 2);
    await sent[1]?.end();
    assert.deepEqual(words(), ['stands still', 'b', 'c']);
  });

  it('is never lost: of many, at any time, all are sent once', async () => {
    const gathered = gathering(2);
    let ended = 0;
    for (let at = 0; at < 300; at += 1) {
      gathered.add(`${at}`);
      if (at % 3 === 0) await turn();
      if (at % 5 === 0) await sent[ended++]?.end();
    }
    while (ended < sent.length) await sent[ended++]?.end();
    const expected = Array.from({ length: 300 }, (_, at) => `${at}`);
    assert.deepEqual(
      sent.flatMap(({ all }) => all),
      expected,
    );
    assert.ok(sent.length < 150, `${sent.length} commands`);
  });
});
