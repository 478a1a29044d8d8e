import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { startChild } from './child.ts';

const hour = 3_600_000;
const server = `
  import { createServer } from 'node:http';
  const server = createServer((request, response) => {
    const times = [Date.now(), new Date().getTime(), Date.parse(Date()), new Date(5).getTime()];
    response.end(JSON.stringify({ times, same: new Date().constructor === Date }));
  });
  server.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));
  console.error('a note');
`;
const script = (source: string) => ['--input-type=module', '-e', source];

async function ask(lines: readonly string[]): Promise<{ times: number[]; same: boolean }> {
  const port = lines[0]?.replace('port ', '') ?? '';
  const response = await fetch(`http://127.0.0.1:${port}/`);
  return (await response.json()) as { times: number[]; same: boolean };
}

function near(actual: number | undefined, expected: number): void {
  assert.ok(Math.abs((actual ?? NaN) - expected) < 5_000, `${actual} is not near ${expected}`);
}

suite('a child process', () => {
  test('runs until it is stopped, and says what it wrote', async () => {
    const child = await startChild(script(server), { ready: /^port \d+/ });
    await ask(child.lines);
    assert.equal(await child.stop(), 128 + 15);
    assert.match(child.output(), /^port \d+\na note$/);
    assert.deepEqual(child.errors, ['a note']);
    assert.equal(await child.stop(), 128 + 15, 'a second stop tells the same');
  });

  test('lives in a time that the test sets', async () => {
    const child = await startChild(script(server), {
      ready: /^port/,
      env: { SHIFT_CLOCK_MS: String(-24 * hour) },
    });
    const before = await ask(child.lines);
    await child.shiftClock(2 * hour);
    const after = await ask(child.lines);
    await child.stop();
    for (const time of before.times.slice(0, 3)) near(time, Date.now() - 24 * hour);
    for (const time of after.times.slice(0, 3)) near(time, Date.now() + 2 * hour);
    assert.equal(after.times[3], 5, 'a given time is not shifted');
    assert.ok(after.same);
  });

  test('does not hang on the channel to its parent, nor lose its own use of it', async () => {
    const short = await startChild(script(`console.log('up')`), { ready: /up/ });
    assert.equal(await short.stop('SIGCONT'), 0, 'ends by itself');

    const source = `process.once('message', () => {}); console.log('up');`;
    const waiting = await startChild(script(source), { ready: /up/ });
    await waiting.shiftClock(1_000);
    assert.equal(await waiting.stop('SIGCONT'), 0, 'its own listener held it until the message');
  });

  test('that ends too early is an error with its output', async () => {
    const source = `console.log('one'); console.error('two'); process.exitCode = 3;`;
    const start = startChild(script(source), { ready: /never/ });
    await assert.rejects(start, /ended with 3 before it was ready[^]*one\ntwo/);
  });

  test('inherits no settings of the machine', async () => {
    process.env['LATCHKEY_TEST_LEFTOVER'] = 'set';
    const source = `console.log('up', process.env.LATCHKEY_TEST_LEFTOVER, process.env.OWN);`;
    const child = await startChild(script(source), { ready: /^up/, env: { OWN: 'mine' } });
    delete process.env['LATCHKEY_TEST_LEFTOVER'];
    assert.deepEqual(child.lines, ['up undefined mine']);
    await child.stop();
  });

  test('ends when its parent is killed', async () => {
    const url = new URL('./child.ts', import.meta.url).href;
    const source = `
      import { startChild } from '${url}';
      const child = await startChild(${JSON.stringify(script(server))}, { ready: /^port/ });
      console.log(child.lines[0]);
    `;
    const parent = spawn(process.execPath, script(source), {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const port = Number(line.toString().replace('port ', ''));
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    const stillThere = () =>
      fetch(`http://127.0.0.1:${port}/`).then(
        () => true,
        () => false,
      );
    while (await stillThere());
  });
});

suite('the shifted clock without a parent', () => {
  test('takes the offset from the environment and disturbs nothing', async () => {
    const preload = new URL('./shift-clock.ts', import.meta.url).href;
    const child = spawn(
      process.execPath,
      ['--import', preload, ...script('console.log(Date.now())')],
      {
        env: { ...process.env, SHIFT_CLOCK_MS: String(hour) },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    near(Number(line), Date.now() + hour);
    assert.deepEqual(await once(child, 'close'), [0, null]);
  });
});
