/** The log on places that fail: what is written to it must never hold up or end who writes. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { inherited, MAIN, newInstallation, type Installation } from '../support/command-line.ts';

const MODULE = new URL('../../src/server/log/log-output.ts', import.meta.url).href;
const LINE = 200;
/** Writes so many lines, one a turn of the event loop, and says how long the longest turn took. */
const WRITER = `
  const { openLogOutput } = await import('${MODULE}');
  const output = openLogOutput(1);
  const go = new Promise((resolve) => process.once('message', resolve));
  for (let line = 0; line < Number(process.argv[1]); line += 1) {
    output.write(String(line).padEnd(${LINE - 1}, '.') + '\\n');
    if (line % 100 === 0) await new Promise(setImmediate);
  }
  process.send({ dropped: output.dropped });
  await go;
  output.write('the end\\n');
  const asked = performance.now();
  await output.settle();
  process.send({ settled: performance.now() - asked, dropped: output.dropped });
  process.disconnect();`;

interface Told {
  dropped: number;
  settled: number;
}

async function told(child: ChildProcess): Promise<Told> {
  const [message] = (await once(child, 'message')) as [Told];
  return message;
}

function writer(lines: number, stdout: 'pipe' | number): ChildProcess {
  const args = ['--input-type=module', '-e', WRITER, String(lines)];
  return spawn(process.execPath, args, { stdio: ['ignore', stdout, 'inherit', 'ipc'] });
}

describe('output whose reader stands still', () => {
  it('holds one mebibyte, counts what finds no room, and goes on in whole lines', async () => {
    const child = writer(20_000, 'pipe');
    const { dropped } = await told(child);
    const kept = 20_000 - dropped;
    // And what the system holds between the two.
    assert.ok(kept * LINE > 2 ** 20 - LINE && kept * LINE < 2 ** 21, `${kept} lines`);
    const read = text(child.stdout as Readable);
    child.send('go');
    assert.equal((await told(child)).dropped, dropped);
    const lines = (await read).trimEnd().split('\n');
    assert.equal(lines.pop(), 'the end');
    assert.equal(lines.length, kept);
    const numbers = lines.map((line) => Number.parseInt(line, 10));
    assert.deepEqual(
      lines,
      numbers.map((line) => String(line).padEnd(LINE - 1, '.')),
    );
    assert.deepEqual(
      numbers,
      numbers.toSorted((one, other) => one - other),
    );
  });

  it('is waited for at the end, a second and no longer', async () => {
    const child = writer(2_000, 'pipe');
    await told(child);
    child.send('go');
    const { settled } = await told(child);
    assert.ok(settled >= 990 && settled < 5_000, String(settled));
    assert.deepEqual(await once(child, 'exit'), [0, null]);
    child.stdout?.destroy();
  });
});

describe('output of a process that ends at once', () => {
  for (const how of ['process.exit(3)', "throw new Error('nobody catches it')"])
    it(`is out before ${how}`, async () => {
      const ends = `
        const { openLogOutput } = await import('${MODULE}');
        const output = openLogOutput(1);
        output.write('first\\n');
        await new Promise(setImmediate);
        output.write('last\\n');
        ${how};`;
      const args = ['--input-type=module', '-e', ends];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
      const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
      assert.equal(said, 'first\nlast\n');
      assert.notEqual(code, 0);
    });

  it('is out also while something before it is on its way to a file', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-log-'));
    t.after(() => rm(folder, { recursive: true }));
    const ends = `
      const { openLogOutput } = await import('${MODULE}');
      const output = openLogOutput(1);
      output.write('first\\n');
      // Right after the timer that begins to write.
      setTimeout(() => {
        output.write('last\\n');
        process.exit(3);
      }, 20);`;
    const file = join(folder, 'log');
    const args = ['--input-type=module', '-e', ends];
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', openSync(file, 'a'), 'inherit'],
    });
    assert.deepEqual(await once(child, 'exit'), [3, null]);
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    assert.deepEqual(lines.toSorted(), ['first', 'last']);
  });

  it('does not keep it where a reader stands still', async () => {
    const ends = `
      const { openLogOutput } = await import('${MODULE}');
      openLogOutput(1).write('x'.repeat(200_000) + '\\n');
      process.exit(3);`;
    // A shell's pipe waits for room, other than one of this process.
    const piped =
      'set -o pipefail; { "$0" --input-type=module -e "$1"; echo "$?" >&2; } | sleep 20';
    const child = spawn('bash', ['-c', piped, process.execPath, ends], {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    const [code] = (await once(child.stderr, 'data')) as [Buffer];
    assert.equal(code.toString(), '3\n');
    process.kill(-Number(child.pid), 'SIGKILL');
  });
});

describe('output that cannot be written', () => {
  it('on a closed pipe is dropped, and counted', async () => {
    const child = writer(100, 'pipe');
    child.stdout?.destroy();
    await told(child);
    child.send('go');
    const { dropped, settled } = await told(child);
    assert.ok(dropped > 0 && settled < 900, `${dropped} ${settled}`);
  });
});

describe('the server', () => {
  let latchkey: Installation;
  before(async () => {
    latchkey = await newInstallation();
  });
  after(() => latchkey.remove());

  function serve(t: TestContext, stdout: 'pipe' | number, ...more: string[]): ChildProcess {
    const { folder, env } = latchkey;
    const child = spawn(process.execPath, [MAIN, 'serve', ...more], {
      cwd: folder,
      env: { ...inherited(), ...env },
      stdio: ['ignore', stdout, 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    return child;
  }

  /** It says nothing that could be read. */
  async function ready(): Promise<void> {
    const asked = await fetch(`${latchkey.issuer}/readyz`).catch(() => undefined);
    if (asked?.ok) return;
    await pause(50);
    await ready();
  }

  async function ends(child: ChildProcess): Promise<void> {
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [0, null]);
  }

  it('serves, and stops, with its log on a full disk', async (t) => {
    const child = serve(t, openSync('/dev/full', 'w'), '--workers', '2');
    await ready();
    await ends(child);
  });

  it('goes on when nobody reads its log any more', async (t) => {
    const child = serve(t, 'pipe');
    await ready();
    child.stdout?.destroy();
    for (let asked = 0; asked < 5; asked += 1) await ready();
    await ends(child);
  });

  it('goes on while the reader of its log stands still', async (t) => {
    const child = serve(t, 'pipe');
    await ready();
    // More than a pipe holds.
    const asked = Array.from({ length: 1_000 }, (_, at) => at);
    for (const at of asked) assert.ok((await fetch(`${latchkey.issuer}/healthz?${at}`)).ok);
    const [said] = await Promise.all([text(child.stdout as Readable), ends(child)]);
    assert.match(said, /Latchkey is ready[^]*Latchkey has stopped/u);
  });
});

describe('a command', () => {
  it('says so, and ends with 1, when what it prints finds no room', async () => {
    const latchkey = await newInstallation();
    const child = spawn(process.execPath, [MAIN, '--help'], {
      cwd: latchkey.folder,
      env: { ...inherited(), ...latchkey.env },
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
    });
    const [said, ended] = await Promise.all([text(child.stderr as Readable), once(child, 'exit')]);
    assert.deepEqual(ended, [1, null]);
    assert.match(said, /^The output could not be written; .* \(ENOSPC\)\.\n$/u);
    await latchkey.remove();
  });
});
