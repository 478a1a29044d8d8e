/** Lists of the command line: printed while they are read, however long they are. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { describe, it } from 'node:test';
import { MAIN } from '../support/command-line.ts';
import { widthOf } from '../../src/text/columns.ts';
import { printList, table, type ListItem, type Narrow } from '../../src/cli/list.ts';

const item = (name: string, mfa = 'off'): ListItem => ({ row: { name, mfa }, json: { name } });

async function* many(count: number, wide = -1, read = { count: 0 }): AsyncGenerator<ListItem> {
  for (; read.count < count; read.count += 1)
    yield item(read.count === wide ? 'a wider name' : `n${read.count % 10}`);
}

async function printed(items: AsyncIterable<ListItem>, json = false): Promise<string> {
  let text = '';
  const stdout = { write: (more: string) => (text += more) };
  await printList({ stdout }, { json }, items, 'Nobody.');
  return text;
}

describe('a table', () => {
  it('is what a short list printed at once is', async () => {
    const rows = [item('alice', 'required'), item('bo\u202eb')];
    const expected = 'name       mfa\nalice      required\nbo\\u202eb  off';
    assert.equal(
      table(
        rows.map(({ row }) => row),
        'Nobody.',
      ),
      expected,
    );
    assert.equal(await printed(rows.values() as never), `${expected}\n`);
  });

  it('of nothing is a sentence', async () => {
    assert.equal(await printed(many(0)), 'Nobody.\n');
    assert.equal(table([], 'Nobody.'), 'Nobody.');
  });

  it('is as wide as its first five hundred rows, and wider from a wider one on', async () => {
    for (const [wide, narrow] of [
      [499, 0],
      [500, 500],
      [900, 900],
    ] as const) {
      const lines = (await printed(many(1000, wide))).trimEnd().split('\n').slice(1);
      const column = lines.map((line) => line.indexOf('off'));
      assert.deepEqual([...new Set(column.slice(0, narrow))], narrow === 0 ? [] : [6]);
      assert.deepEqual([...new Set(column.slice(narrow))], ['a wider name'.length + 2]);
      assert.equal(lines.length, 1000);
    }
  });
});

describe('a table on a terminal', () => {
  const row = {
    id: 'x'.repeat(22),
    name: '王小明 Wang',
    about: 'a long text about somebody',
    state: 'active',
  };
  async function shown(columns: number, narrow: Narrow = { dispensable: ['id'] }) {
    let [out, err] = ['', ''];
    const stdout = { write: (more: string) => (out += more), isTTY: true, columns };
    const stderr = { write: (more: string) => (err += more) };
    const items = [
      { row, json: row },
      { row: { ...row, name: 'Bo' }, json: row },
    ];
    await printList({ stdout, stderr }, {}, items.values() as never, 'Nobody.', narrow);
    return { lines: out.trimEnd().split('\n'), err };
  }

  it('is whole where it fits', async () => {
    const { lines, err } = await shown(80);
    assert.deepEqual(lines.slice(1), [
      `${row.id}  王小明 Wang  a long text about somebody  active`,
      `${row.id}  Bo           a long text about somebody  active`,
    ]);
    assert.equal(err, '');
  });

  it('leaves out what can be, and says so; then the widest cells are cut', async () => {
    const narrow = await shown(47);
    assert.deepEqual(narrow.lines, [
      'name         about                       state',
      '王小明 Wang  a long text about somebody  active',
      'Bo           a long text about somebody  active',
    ]);
    assert.equal(narrow.err, 'Without id: a wider terminal, or --json, has all.\n');
    const { lines } = await shown(33);
    assert.deepEqual(lines, [
      'name         about         state',
      '王小明 Wang  a long text…  active',
      'Bo           a long text…  active',
    ]);
    for (const columns of [12, 20, 25, 30])
      for (const line of (await shown(columns)).lines)
        assert.ok(widthOf(line) <= Math.max(columns, 22), `${columns}: ${line}`);
  });

  it('cuts none of a column that is to be whole', async () => {
    const { lines } = await shown(60, { dispensable: ['name'], whole: ['id'] });
    assert.deepEqual(lines[1], `${row.id}  a long text about somebody  active`);
    const { lines: narrow } = await shown(44, { dispensable: ['name'], whole: ['id'] });
    assert.deepEqual(narrow[1], `${row.id}  a long text…  active`);
  });
});

describe('JSON', () => {
  it('is one array, as if it had been written at once', async () => {
    for (const count of [0, 1, 2, 1001]) {
      const all = (await Array.fromAsync(many(count))).map(({ json }) => json);
      assert.equal(await printed(many(count), true), `${JSON.stringify(all)}\n`);
    }
  });
});

describe('a list that is long', () => {
  for (const json of [false, true])
    it(`is written while it is read${json ? ', as JSON too' : ''}`, async () => {
      const read = { count: 0 };
      const behind: number[] = [];
      let written = 0;
      const write = (text: string): void => {
        written += text.split(json ? '{' : '\n').length - 1;
        behind.push(read.count - written);
      };
      await printList({ stdout: { write } }, { json }, many(20_000, -1, read), '');
      assert.ok(behind.length > 5, String(behind.length));
      // Rows of one piece: nothing is kept beyond it and the rows that the widths are made of.
      assert.ok(Math.max(...behind) < 4_000, String(Math.max(...behind)));
    });
});

describe('output that nobody reads any more', () => {
  it('ends the command, without a trace', async () => {
    const child = spawn(process.execPath, [MAIN, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let told = '';
    child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    assert.deepEqual([code, told], [1, '']);
  });
});
