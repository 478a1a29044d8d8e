import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkCatalogue } from '../../check/catalogue.ts';
import { checkDocuments } from '../../check/documents.ts';
import { failuresOf } from './tree.ts';

const EN = [
  'home:',
  '  title: Hello {name}',
  '  once: Once',
  'code:',
  '  bar: Bar',
  'other: Other',
  'problem:',
  '  wait: "{minutes, plural, =0 {{seconds, number} s} other {# min}}"',
  '  code-slow: Slow by {seconds}',
  '  code-fast: Fast by {seconds}',
  '  taken: "{id} is taken"',
  '  too-long: Too long',
  '  gone: Gone',
  'page-problem:',
  '  expired: { title: Expired, text: Too late }',
  'mail:',
  '  subject: Your code',
  '',
].join('\n');
const ZH = EN.replace('Hello {name}', '"{name} 您好"').replace('Once', '一次');

const SOUND: Readonly<Record<string, string>> = {
  'views/texts/en.yaml': EN,
  'views/texts/zh-Hant.yaml': ZH,
  'views/home.njk': [
    `{% import 'macros.njk' as ui with context %}`,
    `{% block title %}{{ t('home.title', { name: name }) }}{% endblock %}`,
    `{{ ui.bar(t('home.once')) | safe }}{{ t('code.bar' if bar else 'other') }}`,
  ].join('\n'),
  'views/error.njk': [
    `{{ t('page-problem.' + code + '.title') if hasText('page-problem.' + code + '.title') }}`,
    `{{ t('page-problem.' ~ code ~ '.text', values) }}{{ t('problem.' + code, values) }}`,
  ].join('\n'),
  'views/macros.njk': `{% macro bar(text) %}{{ text }}{% if hasText('not.there') %}x{% endif %}{% endmacro %}`,
  'src/a.ts': [
    `import { z } from 'zod';`,
    'const seconds = 3;',
    `const code = (v: 'slow' | 'fast') => ({ code: \`code-\${v}\`, values: { seconds } });`,
    `const wait = { code: 'wait', values: { seconds } };`,
    `const taken = () => new Problem('taken', { status: 400, values: { id: 'a' } });`,
    `const late = (x: boolean) => new Problem(x ? 'expired' : 'gone');`,
    `const form = z.object({ a: z.string().max(3, 'too-long') });`,
    `const mail = texts.text('en', 'mail.subject', {});`,
    `const any = { code: 'E404' };`,
  ].join('\n'),
  'interactions/a.ts': `export const page = (response: Response) => response.text();`,
};

const failures = (more: Readonly<Record<string, string>>): Promise<string[]> =>
  failuresOf(checkCatalogue, { ...SOUND, ...more });

async function breaks(
  more: Readonly<Record<string, string>>,
  ...expected: readonly RegExp[]
): Promise<void> {
  const found = await failures(more);
  assert.equal(found.length, expected.length, found.join('\n'));
  for (const message of expected) assert.match(found.join('\n'), message);
}

/** The same change in both languages. */
const both = (from: string, to: string): Record<string, string> => ({
  'views/texts/en.yaml': EN.replace(from, to),
  'views/texts/zh-Hant.yaml': ZH.replace(from, to),
});

it('a sound catalogue has no failures', async () => {
  assert.deepEqual(await failures({}), []);
});

describe('languages', () => {
  it('are both there', async () => {
    const found = await failuresOf(checkCatalogue, { 'views/texts/en.yaml': EN });
    assert.deepEqual(found, ['views/texts/zh-Hant.yaml  there is no such file']);
  });

  it('have the same keys', async () => {
    const zh = `${ZH.replace(/ {2}once.*\n/u, '')}extra: 多\n`;
    await breaks(
      { 'views/texts/zh-Hant.yaml': zh },
      /zh-Hant\.yaml {2}home\.once is missing \(views\/texts\/en\.yaml:3\)/u,
      /zh-Hant\.yaml:\d+ {2}extra is not in views\/texts\/en\.yaml/u,
    );
  });

  it('have the same arguments, nested ones too', async () => {
    const zh = ZH.replace('{name}', '{nam}').replace('{seconds, number}', '{second, number}');
    await breaks(
      { 'views/texts/zh-Hant.yaml': zh },
      /zh-Hant\.yaml:2 {2}home\.title has the arguments \{nam\}, in .*en\.yaml:2 \{name\}/u,
      /problem\.wait has the arguments \{minutes, second\}, in .* \{minutes, seconds\}/u,
    );
  });

  it('hold ICU messages, each once and not empty', async () => {
    const change = (to: string) => ({ 'views/texts/zh-Hant.yaml': ZH.replace('一次', to) });
    await breaks(change('"{a"'), /home\.once is not an ICU message/u);
    await breaks(change('"{a, plural, one {x}}"'), /home\.once is not an ICU message/u);
    await breaks(change('""'), /home\.once is empty/u);
    await breaks(change('[a]'), /home\.once is not a text/u, /home\.once is missing/u);
    await breaks(change('3'), /home\.once is not a text/u, /home\.once is missing/u);
    await breaks(
      change('一次\n  once: 又'),
      /Map keys must be unique/u,
      /home\.once is there twice/u,
    );
    await breaks(
      { 'views/texts/de.yaml': 'home: {title: "{name}"}' },
      ...Array.from({ length: 12 }, () => /de\.yaml/u),
    );
  });
});

describe('texts that are shown', () => {
  const page = (text: string) => ({ 'views/x.njk': text });
  const code = (text: string) => ({ 'interactions/x.ts': text });

  it('are there: in templates', async () => {
    await breaks(
      page(`\n{{ t('home.titel') }}`),
      /views\/x\.njk:2 {2}there is no text home\.titel/u,
    );
    await breaks(page(`{% if a %}{{ f({ x: t('no') }) | safe }}{% endif %}`), /no text no$/mu);
    await breaks(page(`{{ t('other' if a else 'another') }}`), /no text another/u);
    await breaks(page(`{% set x = t('nothing.' + a) %}`), /no text nothing\.…/u);
    await breaks(page(`{% call f() %}{{ t('no') }}{% endcall %}`), /no text no$/mu);
    assert.deepEqual(await failures(page(`{# t('no') #} t('no') {{ set('no') }}`)), []);
  });

  it('are there: in the program', async () => {
    await breaks(
      code(`x.text('en', 'mail.body')`),
      /interactions\/x\.ts:1 {2}there is no text mail\.body/u,
    );
    await breaks(code('t(`mail.${a}.body`)'), /no text mail\.….body/u);
    await breaks(code(`const m = { messageKey: 'mail.body' };`), /no text mail\.body/u);
    await breaks(
      code(`throw new Problem('lost', { back: '/' });`),
      /no text problem\.lost, or page-problem\.lost\.title and page-problem\.lost\.text/u,
    );
    await breaks(code(`f({ code: a ? 'lost' : 'gone', values: {} });`), /no text problem\.lost/u);
    await breaks(
      code(`import { z } from 'zod'; z.string().min(1, 'short');`),
      /no text problem\.short/u,
    );
    await breaks(
      code(`import { z } from 'zod'; form.refine(ok, { message: 'short', path: ['a'] });`),
      /no text problem\.short/u,
    );
    assert.deepEqual(await failures(code(`z.string().min(1, 'short'); f({ code: 'lost' });`)), []);
  });

  it('get the values that they want', async () => {
    await breaks(page(`{{ t('home.title') }}`), /home\.title wants \{name\} too/u);
    await breaks(page(`{{ t('home.title', { nam: 1 }) }}`), /home\.title wants \{name\} too/u);
    assert.deepEqual(await failures(page(`{{ t('home.title', values) }}{{ t('other') }}`)), []);
    await breaks(code(`new Problem('taken')`), /problem\.taken wants \{id\} too/u);
    await breaks(
      code(`new Problem('taken', { values: { di: 1 } })`),
      /problem\.taken wants \{id\} too/u,
    );
    await breaks(
      code(`f({ code: 'wait', values: {} })`),
      /problem\.wait wants \{minutes, seconds\} too/u,
    );
    assert.deepEqual(
      await failures(
        code(`new Problem('taken', options); new Problem('taken', { ...o, values });`),
      ),
      [],
    );
  });

  it('have keys that can be told', async () => {
    await breaks(page(`{{ t(key) }}`), /x\.njk:1 {2}t\(…\) with a key that nobody can tell/u);
    await breaks(page(`{{ t(a + b) }}`), /nobody can tell/u);
    await breaks(page(`{{ t(a.key) }}`), /nobody can tell/u);
    // What the program says there is looked at where it says it.
    assert.deepEqual(await failures(page(`{{ t(a.textKey) }}`)), []);
  });

  it('are in templates that can be parsed', async () => {
    await breaks(page(`{% if %}`), /views\/x\.njk {2}cannot be parsed/u);
  });
});

describe('texts that are never shown', () => {
  it('are told of', async () => {
    await breaks(
      both('other: Other', 'other: Other\nmore: { a: More }'),
      /en\.yaml:7 {2}more\.a is never shown/u,
    );
  });

  it('are told of where the key has a hole that nothing fills', async () => {
    await breaks(
      both('  gone:', '  unheard-of: A\n  gone:'),
      /problem\.unheard-of is never shown/u,
    );
    await breaks(
      both('  expired:', '  unheard-of: { title: A }\n  expired:'),
      /page-problem\.unheard-of\.title is never shown/u,
    );
    const named = { 'interactions/x.ts': `export const code = 'unheard-of';` };
    assert.deepEqual(
      await failures({ ...both('  gone:', '  unheard-of: A\n  gone:'), ...named }),
      [],
    );
    // A word with a hole fills holes too: \`code-\${…}\`.
    assert.deepEqual(await failures(both('  gone:', '  code-other: A\n  gone:')), []);
  });
});

describe('codes of problems', () => {
  const codes = (...all: string[]) => ({
    'src/problem.ts': `export const PROBLEM_CODES = [${all.map((code) => `\n  '${code}',`).join('')}\n] as const;`,
  });

  it('have texts, or pages, and can happen', async () => {
    assert.deepEqual(await failures(codes('taken', 'expired', 'gone')), []);
  });

  it('are told of without a text', async () => {
    const thrown = { 'interactions/x.ts': `const code = claim(store, 'bare');` };
    await breaks(
      { ...codes('taken', 'bare'), ...thrown },
      /problem\.ts:3 {2}the problem bare has no text/u,
    );
  });

  it('are told of when nobody throws them: who asks for one throws none', async () => {
    const texts = both('  gone:', '  idle: Idle\n  gone:');
    const nobody = /problem\.ts:3 {2}nobody throws the problem idle/u;
    for (const asked of [
      `if (problem.code === 'idle') stop();`,
      `const FIELDS = { 'idle': 'name' };`,
      `const field = FIELDS['idle'];`,
      `type Known = 'idle';`,
      `switch (code) { case 'idle': stop(); }`,
    ])
      await breaks({ ...texts, ...codes('taken', 'idle'), 'src/x.ts': asked }, nobody);
    for (const thrown of [
      `throw new Problem('idle');`,
      `const code = () => (late ? 'idle' : none);`,
    ])
      assert.deepEqual(await failures({ ...texts, ...codes('idle'), 'src/x.ts': thrown }), []);
  });
});

describe('what documents tell people to type', () => {
  it('is a command that is ours, wherever it stands', async () => {
    const files = {
      'README.md': 'latchkey user list\nnpx latchkey user list\n',
      'docs/a.md': '`npx latchkey`',
      'src/cli/a.ts': '// npx\n',
      'test/a.ts': '// npx\n',
      'src/b.ts': '// npxy\n',
    };
    const failures = await failuresOf(checkDocuments, files);
    const places = failures.map((failure) => failure.split(' ')[0]);
    assert.deepEqual(places, ['README.md:2', 'docs/a.md:1', 'src/cli/a.ts:1']);
  });

  it('names files that are there', async () => {
    const files = {
      'README.md': '`src/a.ts`, `src/b.ts`, `src/factors/<name>.ts`, `docs/`',
      'docs/b.md': '`test/…`\n`interactions/none.ts`',
      'src/a.ts': '// `src/none.ts`\n',
    };
    const failures = await failuresOf(checkDocuments, files);
    assert.deepEqual(failures, [
      'README.md:1  there is no src/b.ts',
      'docs/b.md:2  there is no interactions/none.ts',
    ]);
  });
});
