/** What the command line says of itself. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { parseArgs } from 'node:util';
import { EVERYWHERE } from '../../src/cli/everywhere.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { runHere } from '../support/command-line.ts';

const cwd = '/';
const latchkey = (args: readonly string[], env: Record<string, string> = {}) =>
  runHere(args, { cwd, env });
const BY_SCRIPT = { npm_lifecycle_event: 'latchkey' };

/** Words, and what stands between quotation marks as one. */
const words = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/gu)].map(([, inside, word]) => inside ?? word ?? '');

describe('the help', () => {
  it('of each command has an example that it takes', async () => {
    for (const { name, example, load } of COMMANDS) {
      const { stdout, code } = await latchkey([...name.split(' '), '--help']);
      assert.equal(code, 0);
      assert.ok(stdout.includes(`Usage: latchkey ${name}`), stdout);
      assert.ok(stdout.includes(`\nExample: ${example}\n`), stdout);
      assert.ok(example.startsWith(`latchkey ${name}`), example);
      const args = words(example).slice(1 + name.split(' ').length);
      const options = { ...EVERYWHERE, ...(await load()).options };
      parseArgs({ args, options, allowPositionals: true });
    }
  });

  it('of each command tells of every option, and of none that is not there', async () => {
    for (const { name, load } of COMMANDS) {
      const { usage, options } = await load();
      const told = new Set([...usage.matchAll(/--([a-z][\w-]*)/gu)].map(([, option]) => option));
      const known = Object.entries(options).flatMap(([option, { former }]) =>
        former ? [] : option,
      );
      assert.deepEqual([...told].toSorted(), known.toSorted(), name);
    }
  });

  it('lists all, or those of a word, and tells the exit codes', async () => {
    for (const args of [[], ['--help'], ['help']]) {
      const { stdout, code } = await latchkey(args);
      assert.equal(code, 0);
      for (const { name } of COMMANDS) assert.ok(stdout.includes(`\n  ${name} `), name);
      assert.match(stdout, /Exit codes: 0 done, 1 refused or failed, 2 wrong arguments/u);
    }
    const { stdout } = await latchkey(['org', '--help']);
    assert.match(stdout, /org add/u);
    assert.doesNotMatch(stdout, /client add/u);
  });

  it('names the program as it is started there', async () => {
    const help = await latchkey(['user', 'set', '--help'], BY_SCRIPT);
    assert.match(help.stdout, /^Usage: npm run -s latchkey -- user set LOGIN/mu);
    assert.match(help.stdout, /^Example: npm run -s latchkey -- user set alice/mu);
    const wrong = await latchkey(['user', 'shwo'], BY_SCRIPT);
    assert.match(wrong.stderr, /Did you mean npm run -s latchkey -- user show\?/u);
    const usage = await latchkey(['user', 'set', '--nmae', 'x'], BY_SCRIPT);
    assert.match(usage.stderr, /^Usage: npm run -s latchkey -- user set/mu);
  });
});

describe('-h', () => {
  it('is --help, of all commands and of one', async () => {
    for (const words of [[], ['user'], ['user', 'list']])
      assert.equal(
        (await latchkey([...words, '-h'])).stdout,
        (await latchkey([...words, '--help'])).stdout,
      );
  });
});

describe('the version', () => {
  it('is the package’s', async () => {
    const description = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
    const { version } = JSON.parse(description) as { version: string };
    assert.deepEqual((await latchkey(['--version'])).stdout, `latchkey ${version}\n`);
  });
});

describe('what was perhaps meant', () => {
  const wrong: readonly [string[], RegExp][] = [
    [['usr', 'list'], /no command "usr list"\. Did you mean latchkey user list\?/u],
    [['user', 'lst'], /Did you mean latchkey user list\?\n\nUsage: latchkey user COMMAND/u],
    [['serv'], /Did you mean latchkey serve\?/u],
    [['user', 'remove', 'bob'], /called latchkey user delete --now now/u],
    [['quux'], /no command "quux"\.\n\nlatchkey --help lists them\.\n$/u],
    [['user'], /no command "user"\./u],
    [['user', 'list', '--orgs', 'x'], /no option --orgs here\. Did you mean --org\?/u],
    [['org', 'list', '--colour'], /no option --colour here\.\n/u],
    [['user', 'list', '-x'], /no option -x here/u],
    [['user', 'list', '--org'], /--org/u],
  ];
  for (const [args, said] of wrong)
    it(`is said of ${args.join(' ')}`, async () => {
      const ran = await latchkey(args);
      assert.deepEqual([ran.code, ran.stdout], [2, '']);
      assert.match(ran.stderr, said);
    });
});
