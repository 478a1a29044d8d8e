/** The log: one line for each message, whatever is in it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLog } from '../../src/server/log/log.ts';

const HOSTILE = '\x1b[2J\u202eecila\u2066\nForged\r\x9b31m\u2028\u200f\x7f';

describe('a line of the log', () => {
  it('shows control characters and bidi marks, and says the same when it is read', () => {
    const written: string[] = [];
    const { log, flush } = createLog('info', { write: (text) => written.push(text) });
    const hostile = HOSTILE;
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

describe('on a terminal', () => {
  it('a line is for reading, and what came from outside drives nothing', () => {
    let text = '';
    const out = { write: (more: string) => (text += more), isTTY: true };
    const { log, flush } = createLog('info', out, 3);
    log.info({ issuer: 'https://id.test', port: 3000 }, 'Latchkey is ready');
    log.info({ id: 'x-1', method: 'GET', path: '/auth', status: 303, ms: 12.3, ip: '::1' });
    log.warn({ [HOSTILE]: HOSTILE }, HOSTILE);
    log.error({ err: new Error(HOSTILE) }, 'it failed');
    flush();
    const lines = text.split('\n').map((line) => line.replace(/^\d\d:\d\d:\d\d \[3\] /u, ''));
    assert.equal(lines[0], 'Latchkey is ready (issuer=https://id.test, port=3000)');
    assert.equal(lines[1], 'GET /auth 303 12.3 ms ::1');
    assert.match(lines[2] ?? '', /^WARN \\u001b\[2J.*\\u000aForged/u);
    assert.equal(lines[3], 'ERROR it failed');
    assert.match(lines[4] ?? '', /^ {9}Error: \\u001b/u);
    assert.doesNotMatch(text, /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
    assert.doesNotMatch(text, /^Forged/mu);
  });

  it('there is a line whatever was logged, also what is no error', () => {
    let text = '';
    const out = { write: (more: string) => (text += more), isTTY: true };
    const { log, flush } = createLog('info', out);
    const odd = ['thrown text', null, 7, { stack: 5 }, { message: { code: HOSTILE } }];
    for (const err of odd) log.error({ err }, 'it failed');
    log.info({ msg: { an: 'object' } });
    flush();
    assert.equal(text.match(/ERROR it failed$/gmu)?.length, odd.length);
    for (const told of ['thrown text', 'null', '7', '{"stack":5}', '{"an":"object"}'])
      assert.ok(text.includes(told), told);
    assert.doesNotMatch(text, /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
  });
});
