/** The log: one line for each message, whatever is in it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLog } from '../../src/server/log.ts';

describe('a line of the log', () => {
  it('shows control characters and bidi marks, and says the same when it is read', () => {
    const written: string[] = [];
    const { log, flush } = createLog('info', { write: (text) => written.push(text) });
    const hostile = '\x1b[2J\u202eecila\u2066\nForged\r\x9b31m\u2028\u200f\x7f';
    log.info({ name: hostile, [hostile]: 1 }, hostile);
    log.warn({ err: new Error(hostile) }, 'plain, 王小明 and Zoë');
    flush();
    const text = written.join('');
    assert.doesNotMatch(text, /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
    const lines = text.trimEnd().split('\n');
    assert.equal(lines.length, 2);
    const [first, second] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual([first?.['name'], first?.[hostile], first?.['msg']], [hostile, 1, hostile]);
    assert.equal((second?.['err'] as Error | undefined)?.message, hostile);
    assert.match(text, /plain, 王小明 and Zoë/u);
  });
});
