/** Completion in the real shells, where they are installed: each offers what the table of commands has. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { COMMANDS } from '../../src/cli/commands.ts';
import { completed, wordsOf, type Completed } from '../../src/cli/completion/words.ts';
import { PERSON_MFA } from '../../src/records/person.ts';
import { runHere } from '../support/command-line.ts';

type Case = readonly [typed: readonly string[], offered: readonly string[]];

const SHELLS: Readonly<Record<string, (file: string, cases: readonly Case[]) => string>> = {
  bash: (file, cases) =>
    [
      `source ${file}`,
      ...cases.map(
        ([typed]) =>
          `COMP_WORDS=(latchkey ${typed.map(quoted).join(' ')}); COMP_CWORD=${typed.length}; COMPREPLY=(); _latchkey; printf '%s ' "\${COMPREPLY[@]}"; echo`,
      ),
    ].join('\n'),
  // What is offered for every beginning: zsh itself compares it with what is typed.
  zsh: (file, cases) =>
    [
      `compdef() { registered="$*" }; source ${file}; print -r -- $registered`,
      'compadd() { shift; for word in "$@"; do [[ $word == ${words[CURRENT]}* ]] && printf "%s " $word; done }',
      '_files() { }',
      ...cases.map(
        ([typed]) =>
          `words=(latchkey ${typed.map(quoted).join(' ')}); CURRENT=${typed.length + 1}; _latchkey; echo`,
      ),
    ].join('\n'),
  fish: (file, cases) =>
    [
      `source ${file}`,
      ...cases.map(
        ([typed]) =>
          `echo (complete -C ${quoted(`latchkey ${typed.join(' ')}`)} | string split -f1 \\t)`,
      ),
    ].join('\n'),
};
const OPTIONS: Readonly<Record<string, string[]>> = { bash: ['--norc'], zsh: ['-f'], fish: ['-N'] };

const quoted = (word: string): string => `'${word}'`;

let folder: string;
let commands: Completed[];
let cases: Case[];
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-completion-'));
  commands = await completed(COMMANDS);
  const words = wordsOf(commands);
  const flags = commands.map(({ name, options }): Case => [
    [...name.split(' '), '--'],
    options.map(({ flag }) => flag),
  ]);
  cases = [
    [['us'], ['user']],
    [['user', ''], words.get('user') ?? []],
    [['user', 'se'], ['set']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['user', 'set', 'alice', '--mfa', ''], PERSON_MFA],
    [['org', 'add', 'Acme', '--mfa', 're'], ['required']],
    [
      ['client', 'set', 'app', '--third-party', ''],
      ['yes', 'no'],
    ],
    ...flags,
  ];
});
after(() => rm(folder, { recursive: true }));

describe('completion', () => {
  for (const shell of Object.keys(SHELLS))
    it(`in ${shell} offers commands, options and values`, async (t) => {
      if (spawnSync(shell, ['--version']).status !== 0) return t.skip(`there is no ${shell} here`);
      const { stdout: script, code } = await runHere(['completion', shell], {
        cwd: folder,
        env: {},
      });
      assert.equal(code, 0);
      const [file, program] = [join(folder, shell), join(folder, `${shell}-cases`)];
      await writeFile(file, script);
      await writeFile(program, SHELLS[shell]?.(file, cases) ?? '');
      const ran = spawnSync(shell, [...(OPTIONS[shell] ?? []), program], {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], HOME: folder },
      });
      assert.equal(ran.stderr, '');
      const lines = ran.stdout.replace(/\n$/u, '').split('\n');
      if (shell === 'zsh') assert.equal(lines.shift(), '_latchkey latchkey');
      assert.equal(lines.length, cases.length);
      for (const [at, [typed, offered]] of cases.entries()) {
        const words = (lines[at] ?? '').split(' ').filter((word) => word !== '');
        assert.deepEqual(words.toSorted(), [...offered].toSorted(), `${shell}: ${typed.join(' ')}`);
      }
      return undefined;
    });

  it('is of three shells, and says so', async () => {
    const wrong = await runHere(['completion', 'fissh'], { cwd: folder, env: {} });
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /bash, zsh, fish.*"fissh"\. Did you mean fish\?/u);
  });

  it('holds nothing that a shell would take for itself', () => {
    for (const { name, options } of commands)
      for (const word of [
        ...name.split(' '),
        ...options.flatMap(({ flag, values = [] }) => [flag, ...values]),
      ])
        assert.match(word, /^[\w.:-]+$/u);
  });
});
