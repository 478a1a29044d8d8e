import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkArchitecture } from '../../check/architecture.ts';
import { failuresOf } from './tree.ts';

const DESCRIPTION = JSON.stringify({
  dependencies: { koa: '1', zod: '4', '@koa/router': '1' },
  devDependencies: { undici: '7' },
});

/** A tree that keeps every rule; each test breaks one of them with a few more files. */
const SOUND: Readonly<Record<string, string>> = {
  'package.json': DESCRIPTION,
  'src/main.ts': `import { run } from './cli/serve.ts';\nawait run(process.env, Date.now);`,
  'src/cli/serve.ts': [
    `import { createApp } from '../server/app.ts';`,
    'export const run = (...all: unknown[]) => [createApp, new Date(1), all];',
  ].join('\n'),
  'src/server/app.ts': [
    `import { routes } from '../../interactions/index.ts';`,
    `import { open } from '../storage/open.ts';`,
    'export const createApp = (now: () => number) => [routes, open, now];',
  ].join('\n'),
  'src/storage/store.ts': 'export interface Store { name: string }',
  'src/storage/open.ts': `export { open } from './sqlite/store.ts';`,
  'src/storage/sqlite/store.ts': `import './busy.ts';\nexport const open = 1;`,
  'src/storage/sqlite/busy.ts': 'export {};',
  'src/records/person.ts': [
    `import { randomBytes } from 'node:crypto';`,
    `import type { Store } from '../storage/store.ts';`,
    'export interface Person { store: Store }',
    'export const id = () => [randomBytes(1), new Date(5)];',
  ].join('\n'),
  'src/policy/factors.ts': `import type { Person } from '../records/person.ts';\nexport type F = Person;`,
  'src/policy/steps.ts': `import type { F } from './factors.ts';\nexport type G = F;`,
  'src/web/forms.ts': `import { z } from 'zod';\nimport Koa from 'koa';\nexport default [z, Koa];`,
  'interactions/index.ts': [
    `import Router from '@koa/router';`,
    `import { password } from './password.ts';`,
    `import { totp } from './totp.ts';`,
    `import type { Step } from './step.ts';`,
    'const steps: readonly Step[] = [password, totp];',
    'export const routes = [new Router(), steps];',
  ].join('\n'),
  'interactions/step.ts': 'export interface Step { name: string }',
  'interactions/password.ts': `import { z } from 'zod';\nexport const password = { name: 'p', z };`,
  'interactions/totp.ts': `export const totp = { name: 't' };`,
  'test/a.test.ts': [
    `import { totp } from '../interactions/totp.ts';`,
    `import { open } from '../src/storage/sqlite/store.ts';`,
    `import { fetch } from 'undici';`,
    'export default [totp, open, fetch, Date.now(), Math.random(), process.env];',
  ].join('\n'),
};

const failures = (more: Readonly<Record<string, string>>): Promise<string[]> =>
  failuresOf(checkArchitecture, { ...SOUND, ...more });

/** Exactly one failure, which matches. */
async function breaks(more: Readonly<Record<string, string>>, expected: RegExp): Promise<void> {
  const found = await failures(more);
  assert.equal(found.length, 1, found.join('\n'));
  assert.match(found[0] ?? '', expected);
}

it('a sound tree has no failures', async () => {
  assert.deepEqual(await failures({}), []);
});

describe('directions', () => {
  it('lead from the doors to the ground, types included', async () => {
    const cases: readonly (readonly [string, string, RegExp])[] = [
      ['src/policy/x.ts', '../oidc/y.ts', /policy may not import oidc, which stands on it/u],
      ['src/records/x.ts', '../policy/factors.ts', /records may not import policy/u],
      ['src/web/x.ts', '../../interactions/step.ts', /web may not import interactions/u],
      ['src/server/x.ts', '../cli/serve.ts', /server may not import cli/u],
      ['interactions/x.ts', '../src/server/app.ts', /interactions may not import server/u],
    ];
    for (const [path, to, message] of cases) {
      const there = { 'src/oidc/y.ts': 'export {};' };
      await breaks(
        { ...there, [path]: `import type { A } from '${to}'; export type B = A;` },
        message,
      );
    }
    const right = {
      'src/web/x.ts': `import { id } from '../records/person.ts'; export default id;`,
    };
    assert.deepEqual(await failures(right), []);
  });

  it('have a place for each folder', async () => {
    await breaks({ 'src/utils/x.ts': 'export {};' }, /utils has no place/u);
  });
});

describe('layers', () => {
  const other = 'src/web/other.ts';

  it('only app.ts imports interactions, types and dynamic imports included', async () => {
    const message =
      /^src\/server\/other\.ts:2 {2}only src\/server\/app\.ts may import interactions/u;
    for (const line of [
      `import { routes } from '../../interactions/index.ts';`,
      `import type { Step } from '../../interactions/step.ts';`,
      `export * from '../../interactions/step.ts';`,
      `export { routes as r } from '../../interactions/index.ts';`,
      `const p = import('../../interactions/step.ts');`,
      'const p = import(`../../interactions/step.ts`);',
      `type S = import('../../interactions/step.ts').Step;`,
      `import '../../interactions/step.ts';`,
    ]) {
      await breaks({ 'src/server/other.ts': `\n${line}` }, message);
    }
  });

  it('only main.ts opens the door of the command line', async () => {
    const message = /only src\/main\.ts, checks and tests may import src\/cli/u;
    for (const path of ['demo/main.ts', 'bench/main.ts'])
      await breaks(
        { [path]: `import '${'../'.repeat(path.split('/').length - 1)}src/cli/serve.ts';` },
        message,
      );
    assert.deepEqual(await failures({ 'test/a.test.ts': `import '../src/cli/serve.ts';` }), []);
  });

  it('computed imports are refused', async () => {
    await breaks({ [other]: 'export const f = (x: string) => import(x);' }, /:1 .*computed/u);
  });

  it('src and interactions import nothing around them', async () => {
    for (const folder of ['test', 'demo', 'bench', 'check']) {
      const file = { [`${folder}/x.ts`]: 'export {};' };
      await breaks({ ...file, [other]: `import '../../${folder}/x.ts';` }, /must not import test/u);
      await breaks(
        { ...file, 'interactions/y.ts': `import '../${folder}/x.ts';` },
        /^interactions\/y\.ts:1 .*must not import test/u,
      );
    }
  });

  it('main.ts imports cli, config and Node only', async () => {
    const sound = SOUND['src/main.ts'] ?? '';
    assert.deepEqual(await failures({ 'src/main.ts': `${sound}\nimport 'node:fs';` }), []);
    await breaks(
      { 'src/main.ts': `import './server/app.ts';` },
      /src\/main\.ts may import src\/cli/u,
    );
    await breaks({ 'src/main.ts': `import 'koa';` }, /src\/main\.ts may import src\/cli/u);
  });

  it('only open.ts imports an engine', async () => {
    const message = /only src\/storage\/open\.ts may import a storage engine/u;
    await breaks({ [other]: `import '../storage/sqlite/store.ts';` }, message);
    await breaks(
      { 'src/cli/serve.ts': `import '../storage/sqlite/busy.ts'; export const run = 1;` },
      message,
    );
    await breaks({ 'interactions/x.ts': `import '../src/storage/sqlite/busy.ts';` }, message);
    await breaks({ 'demo/x.ts': `import '../src/storage/sqlite/busy.ts';` }, message);
    await breaks({ 'src/storage/mongo/a.ts': `import '../sqlite/busy.ts';` }, message);
    await breaks(
      { 'src/storage/x.ts': `import type {} from './mongo/a.ts';`, 'src/storage/mongo/a.ts': '' },
      message,
    );
  });

  it('zod stays at the borders', async () => {
    await breaks({ 'src/records/x.ts': `import { z } from 'zod';` }, /zod is for the borders/u);
    await breaks({ 'src/cli/x.ts': `import type { z } from 'zod';` }, /zod is for the borders/u);
    await breaks(
      { 'src/server/app.ts': `${SOUND['src/server/app.ts']}\nimport 'zod/mini';` },
      /zod is for the borders/u,
    );
    assert.deepEqual(
      await failures({ 'src/config/x.ts': `import 'zod';`, 'src/web/api/x.ts': `import 'zod';` }),
      [],
    );
  });
});

describe('steps', () => {
  it('are imported by the dispatcher alone', async () => {
    const message = /interactions\/totp\.ts is a step/u;
    await breaks(
      { 'interactions/password.ts': `import './totp.ts'; export const password = 1;` },
      message,
    );
    await breaks({ 'interactions/helper.ts': `export { totp } from './totp.ts';` }, message);
    await breaks(
      {
        'src/server/app.ts': `${SOUND['src/server/app.ts']}\nimport '../../interactions/totp.ts';`,
      },
      message,
    );
    await breaks({ 'interactions/helper.ts': `import type { totp } from './totp.ts';` }, message);
  });

  it('may share files that are not in the list', async () => {
    const password = `import type { Step } from './step.ts'; export const password: Step = { name: 'p' };`;
    assert.deepEqual(await failures({ 'interactions/password.ts': password }), []);
  });

  it('are read out of the list, under whatever name and form', async () => {
    const index = [
      `import { routes as one } from './password.ts';`,
      `import totp from './totp.ts';`,
      'const STEPS = Object.freeze([one, totp] as const);',
      'export const routes = STEPS;',
    ].join('\n');
    const files = {
      'interactions/index.ts': index,
      'interactions/helper.ts': `import './password.ts';`,
    };
    await breaks(files, /interactions\/password\.ts is a step/u);
  });

  it('cannot be without a list', async () => {
    await breaks(
      { 'interactions/index.ts': 'export const routes = 1;' },
      /no ordered list of steps/u,
    );
  });
});

describe('pure files', () => {
  it('import nothing of Node, packages or storage', async () => {
    for (const path of ['src/policy/deep/x.ts', 'src/policy/amr.ts', 'src/policy/factors.ts']) {
      const up = path.includes('deep') ? '../..' : '..';
      await breaks(
        { [path]: `import 'node:crypto'; export type F = 1;` },
        /pure: it must not import node:crypto/u,
      );
      await breaks(
        { [path]: `import Koa from 'koa'; export type F = 1; export default Koa;` },
        /pure: it must not import koa/u,
      );
      await breaks(
        { [path]: `import '${up}/storage/store.ts'; export type F = 1;` },
        /pure: it must not import .*store\.ts/u,
      );
      const types = `import type { Store } from '${up}/storage/store.ts'; import type K from 'koa';`;
      assert.deepEqual(await failures({ [path]: `${types} export type F = Store | K;` }), []);
    }
  });

  it('load nothing that does', async () => {
    const chain = {
      'src/policy/x.ts': `import '../records/a.ts';`,
      'src/records/a.ts': `import './b.ts';`,
      'src/records/b.ts': `import { id } from './person.ts'; export default id;`,
    };
    await breaks(
      chain,
      /^src\/policy\/x\.ts {2}is pure, but loads src\/records\/a\.ts → src\/records\/b\.ts → src\/records\/person\.ts → node:crypto$/u,
    );
    const typesOnly = {
      ...chain,
      'src/records/b.ts': `import type { Person } from './person.ts';`,
    };
    assert.deepEqual(await failures(typesOnly), []);
    // Without its types this import is still one: the file is loaded.
    const inline = {
      ...chain,
      'src/records/b.ts': `import { type Person } from './person.ts';`,
    };
    await breaks(inline, /is pure, but loads/u);
  });
});

describe('import cycles', () => {
  it('are told once each', async () => {
    const files = {
      'src/web/a.ts': `import './b.ts';`,
      'src/web/b.ts': `import './c.ts';`,
      'src/web/c.ts': `import './a.ts';`,
    };
    await breaks(
      files,
      /^src\/web\/a\.ts {2}import cycle: src\/web\/a\.ts → src\/web\/b\.ts → src\/web\/c\.ts → src\/web\/a\.ts$/u,
    );
    const found = await failures({ ...files, 'src/web/c.ts': `import './a.ts'; import './b.ts';` });
    assert.deepEqual(found, [
      'src/web/a.ts  import cycle: src/web/a.ts → src/web/b.ts → src/web/c.ts → src/web/a.ts',
    ]);
    const second = {
      'src/web/d.ts': `import './c.ts';`,
      'src/web/b.ts': `import './c.ts'; import './d.ts';`,
    };
    assert.equal((await failures({ ...files, ...second })).length, 2);
  });

  it('are found in tests, in dynamic imports, and of one file', async () => {
    const files = { 'test/a.ts': `import './b.ts';`, 'test/b.ts': `import('./a.ts');` };
    await breaks(files, /import cycle/u);
    await breaks({ 'src/web/a.ts': `import './a.ts';` }, /src\/web\/a\.ts → src\/web\/a\.ts$/u);
  });

  it('are found among types', async () => {
    const b = { 'src/web/b.ts': `export * from './a.ts';` };
    await breaks({ 'src/web/a.ts': `import type {} from './b.ts';`, ...b }, /import cycle/u);
    await breaks({ 'src/web/a.ts': `import { type B } from './b.ts';`, ...b }, /import cycle/u);
  });
});

describe('packages', () => {
  it('are declared, the shipped ones as dependencies', async () => {
    await breaks({ 'src/web/x.ts': `import 'express';` }, /express is not in package\.json/u);
    await breaks({ 'test/x.ts': `import '@scope/name/deep.js';` }, /@scope\/name is not in/u);
    await breaks({ 'src/web/x.ts': `import 'undici';` }, /undici is a devDependency/u);
    await breaks({ 'bin/x.js': `import 'undici';` }, /undici is a devDependency/u);
    assert.deepEqual(
      await failures({ 'demo/x.ts': `import 'undici'; import '@koa/router/x';` }),
      [],
    );
  });

  it('of Node have their prefix, and files are there', async () => {
    await breaks({ 'src/web/x.ts': `import 'fs/promises';` }, /write node:fs\/promises/u);
    await breaks({ 'src/web/x.ts': `import 'node:nothing';` }, /node:nothing is not in/u);
    await breaks({ 'src/web/x.ts': `import './y.ts';` }, /there is no file src\/web\/y\.ts/u);
  });
});

describe('hidden inputs', () => {
  it('are refused in src and interactions', async () => {
    const inputs: Readonly<Record<string, string>> = {
      'process.env': 'export default process.env.HOME;',
      [`process['env']`]: `export default process['env'];`,
      'process.env taken apart': 'const { env } = process; export default env;',
      'node:process': `import { env } from 'node:process'; export default env;`,
      'Date.now()': 'export default () => Date.now();',
      'Date.now as a value': 'export default { now: Date.now };',
      'new Date()': 'export default new Date();',
      'Date()': 'export default Date();',
      'Math.random()': 'export default Math.random();',
    };
    for (const [what, text] of Object.entries(inputs)) {
      for (const path of ['src/web/x.ts', 'interactions/x.ts', 'src/policy/x.ts']) {
        const found = await failures({ [path]: `\n${text}` });
        assert.ok(
          found.some((line) => line.startsWith(`${path}:2  `) && /hidden input/u.test(line)),
          `${what} in ${path}: ${found.join('\n')}`,
        );
      }
    }
  });

  it('are for src/main.ts alone', async () => {
    for (const path of ['src/server/app.ts', 'src/cli/serve.ts']) {
      const text = `${SOUND[path]}\nexport const t = Date.now;`;
      await breaks({ [path]: text }, /Date\.now is a hidden input/u);
    }
  });

  it('other members and times are no inputs', async () => {
    const text =
      'export default (process: { pid: number }, at: number) => [process.pid, new Date(at), Math.max(1)];';
    assert.deepEqual(await failures({ 'src/web/x.ts': text }), []);
  });
});

describe('names', () => {
  it('of functions of a whole file say what of', async () => {
    for (const text of [
      'function page() {}',
      'export async function answer() {}',
      'export const refused = () => 1;',
      'const form = function () {};',
    ])
      await breaks({ 'src/web/x.ts': text }, /^src\/web\/x\.ts:1 {2}\w+: a function of the whole/u);
    const text =
      'const form = { a: 1 };\nexport const f = () => { const page = () => 1; return [form, page]; };';
    assert.deepEqual(await failures({ 'src/web/x.ts': text }), []);
  });
});

describe('sizes', () => {
  it('a folder has at most 16 files', async () => {
    const folder = (count: number): Record<string, string> =>
      Object.fromEntries(
        Array.from({ length: count }, (_, at) => [`src/web/deep/${at}.ts`, 'export {};']),
      );
    assert.deepEqual(await failures(folder(16)), []);
    await breaks(folder(17), /^src\/web\/deep {2}has 17 files/u);
  });

  const lines = (count: number): string => '  void 0;\n'.repeat(count);

  it('a file has at most 300 lines', async () => {
    assert.deepEqual(await failures({ 'src/web/x.ts': '//\n'.repeat(300) }), []);
    await breaks({ 'interactions/x.ts': '//\n'.repeat(301) }, /has 301 lines/u);
    assert.deepEqual(await failures({ 'test/x.ts': '//\n'.repeat(301) }), []);
  });

  it('a function has at most 40, from its first to its last', async () => {
    const forms: Readonly<Record<string, (body: string) => string>> = {
      f: (body) => `function f() {\n${body}}`,
      g: (body) => `const g = async () => {\n${body}};`,
      h: (body) => `export const o = {\n  h() {\n${body}},\n};`,
      k: (body) => `export class C {\n  k = function () {\n${body}};\n}`,
      'a function': (body) => `export default [() => {\n${body}}];`,
    };
    for (const [name, form] of Object.entries(forms)) {
      assert.deepEqual(await failures({ 'src/web/x.ts': form(lines(38)) }), [], name);
      const message = new RegExp(`^src/web/x\\.ts:\\d+ {2}${name} has 41`, 'u');
      await breaks({ 'src/web/x.ts': form(lines(39)) }, message);
    }
    const expression = `export const f = () => [\n${'  1,\n'.repeat(39)}];`;
    await breaks({ 'src/web/x.ts': expression }, /f has 41 lines/u);
  });

  it('the lines inside a nested function are that one’s', async () => {
    const nested = (outer: number, inner: number): string =>
      `function f() {\n${lines(outer)}  const g = () => {\n${lines(inner)}  };\n  g();\n}`;
    assert.deepEqual(await failures({ 'src/web/x.ts': nested(35, 38) }), []);
    await breaks({ 'src/web/x.ts': nested(36, 38) }, /:1 {2}f has 41/u);
    await breaks({ 'src/web/x.ts': nested(3, 39) }, /:5 {2}g has 41/u);
  });
});

it('a file that cannot be parsed is a failure', async () => {
  const found = await failures({ 'src/web/x.ts': 'const = ;' });
  assert.match(found.join('\n'), /^src\/web\/x\.ts {2}cannot be parsed/mu);
});
