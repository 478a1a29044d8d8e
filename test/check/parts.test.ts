import assert from 'node:assert/strict';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { runParts, type Part } from '../../check/parts.ts';
import { runTool } from '../../check/tool.ts';

describe('the parts of a check', () => {
  async function run(...parts: Part[]): Promise<{ sound: boolean; printed: string }> {
    let printed = '';
    let clock = 0;
    const now = (): number => (clock += 1500);
    const sound = await runParts(parts, (text) => (printed += text), now);
    return { sound, printed };
  }
  const fine: Part = { name: 'fine', check: async () => [] };

  it('are all run, and each says its time and its failures', async () => {
    const bad: Part = { name: 'bad', check: async () => ['a:1 wrong', 'b:2 wrong'] };
    const broken: Part = {
      name: 'broken',
      check: async () => Promise.reject(new Error('no tool')),
    };
    const { sound, printed } = await run(bad, broken, fine);
    assert.equal(sound, false);
    assert.equal(
      printed,
      [
        'FAIL bad            1.5 s',
        '     a:1 wrong',
        '     b:2 wrong',
        'FAIL broken         1.5 s',
        '     did not run: no tool',
        'ok   fine           1.5 s',
        '',
      ].join('\n'),
    );
  });

  it('are sound when each is', async () => {
    assert.equal((await run(fine, fine)).sound, true);
  });
});

describe('a tool', () => {
  const root = mkdtempSync(join(tmpdir(), 'latchkey-tool-'));
  after(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, 'node_modules/a-tool'), { recursive: true });
  const put = (name: string, text: string): void =>
    writeFileSync(join(root, 'node_modules/a-tool', name), text);
  put('package.json', JSON.stringify({ bin: { tool: 'run.cjs' } }));
  put(
    'run.cjs',
    'console.log(process.argv[2]); console.error("err"); process.exit(+process.argv[3])',
  );
  const args = (...all: string[]) => ({ package: 'a-tool', program: 'tool', args: all });

  it('says what is wrong when it fails, and nothing otherwise', async () => {
    assert.deepEqual(await runTool(root, args('out', '0')), []);
    assert.deepEqual(await runTool(root, args('out', '2')), ['out', 'err']);
  });

  it('must be there', async () => {
    await assert.rejects(
      runTool(root, { ...args(), program: 'other' }),
      /a-tool has no program other/u,
    );
    await assert.rejects(runTool(root, { ...args(), package: 'none' }), /ENOENT/u);
  });
});
