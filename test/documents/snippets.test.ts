/**
 * Every command and snippet in README and docs runs as it is printed. The blocks of a page are one story, in a
 * clone without data. What cannot run here says why, in a comment before it; that is for few.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { COMMANDS } from '../../src/cli/commands.ts';
import { configKeys, configVariables } from '../../src/config/keys.ts';
import { loadConfig } from '../../src/config/load.ts';
import { blocksOf, spokenCommands, type Block } from './blocks.ts';
import { openShell, type Shell } from './shell.ts';

const DIRECTORIES = ['docs', 'docs/apps'];
const PATHS = ['README.md', ...(await Promise.all(DIRECTORIES.map(pagesIn))).flat()];
const PAGES = new Map(
  await Promise.all(
    PATHS.map(async (path): Promise<[string, string]> => [path, await readFile(path, 'utf8')]),
  ),
);

/** Its blocks want Debian's packages and root: test/webmail/walk.ts runs them. */
const WEBMAIL = 'examples/webmail/README.md';
PAGES.set(WEBMAIL, await readFile(WEBMAIL, 'utf8'));

/** Blocks that say why they cannot run: no more than these. */
const MOST_NOT_RUN = 14;

interface Page {
  shell: Shell;
  /** What the block before has said. */
  said: string;
}

/** What is done with a block, by its language. */
const RUN: Readonly<Record<string, (page: Page, block: Block) => Promise<void>>> = {
  sh: runCommands,
  text: isWhatWasSaid,
  yaml: isConfiguration,
  json: async (_page, { text }) => void JSON.parse(text),
  // test/documents/architecture.test.ts
  mermaid: async () => {},
  // test/documents/app.test.ts
  js: async (_page, { text }) => assert.match(text, /^\/\/ app\.mjs\n/u),
};

async function pagesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names.filter((name) => name.endsWith('.md')).map((name) => `${folder}/${name}`);
}

async function runCommands(page: Page, { before, text }: Block): Promise<void> {
  for (const line of before) await page.shell.run(line);
  const { code, said } = await page.shell.run(text);
  assert.equal(code, 0, said);
  page.said = said;
}

/** `…` stands for anything. */
async function isWhatWasSaid({ said }: Page, { text }: Block): Promise<void> {
  const pattern = text
    .trim()
    .split('…')
    .map((part) => RegExp.escape(part))
    .join('[^]*?');
  assert.match(said.trim(), new RegExp(pattern, 'u'));
}

async function isConfiguration({ shell: { folder } }: Page, { text }: Block): Promise<void> {
  assert.ok(parse(text));
  await writeFile(join(folder, 'page.yaml'), text);
  loadConfig({ cwd: folder, env: {}, file: 'page.yaml' });
}

for (const [path, page] of PAGES) {
  const blocks = blocksOf(path, page).filter(({ notRun }) => notRun === undefined);
  const made = page.startsWith('<!-- Made from');
  const told = blocks.filter(({ language }) => !(made && language === 'text'));
  if (told.length === 0 || path === WEBMAIL) continue;
  it(`${path} runs as it is printed`, async () => {
    const shell = await openShell();
    const state: Page = { shell, said: '' };
    try {
      for (const block of told) {
        const run = RUN[block.language];
        assert.ok(run, `${block.place}: ${block.language} is not run here: say why in the page`);
        await run(state, block).catch((error: Error) => {
          throw new Error(`${block.place}: ${error.message}`, { cause: error });
        });
      }
    } finally {
      await shell.remove();
    }
  });
}

describe('pages', () => {
  it('say of few blocks only that they are not run', () => {
    const all = [...PAGES].flatMap(([path, page]) => blocksOf(path, page));
    const notRun = all.filter(({ notRun: why }) => why !== undefined);
    assert.ok(notRun.length <= MOST_NOT_RUN, notRun.map(({ place }) => place).join(' '));
  });

  it('speak of commands, options and scripts that there are', async () => {
    const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as { scripts: object };
    for (const [path, page] of PAGES)
      for (const spoken of spokenCommands(page)) {
        const words = spoken.replace(/^npm run -s latchkey -- /u, 'latchkey ').split(' ');
        const [program, first = '', second = ''] = words;
        if (program === 'latchkey') await isCommand(words.slice(1), `${path}: ${spoken}`);
        else if (first === 'run') assert.ok(second in scripts, `${path}: ${spoken}`);
      }
  });

  it('name variables that there are', () => {
    const known = ['LATCHKEY_CONFIG', ...configVariables(configKeys()).keys()];
    for (const [path, page] of PAGES)
      for (const [name] of page.matchAll(/LATCHKEY_[A-Z\d_]*[A-Z\d]/gu))
        assert.ok(known.includes(name), `${path}: ${name}`);
  });

  it('link to what there is', async () => {
    for (const [path, page] of PAGES) {
      const links = [...page.matchAll(/\]\(([^)\s]+)\)/gu)].map(([, to = '']) => to);
      for (const to of links.filter((one) => !/^[a-z]+:/u.test(one))) {
        const [file = '', heading] = to.split('#');
        const target = file === '' ? path : join(path, '..', file);
        const text = target.endsWith('.md')
          ? (PAGES.get(target) ?? (await readFile(target, 'utf8')))
          : '';
        assert.ok(existsSync(target), `${path}: ${to}`);
        assert.ok(heading === undefined || anchors(text).includes(heading), `${path}: ${to}`);
      }
    }
  });
});

/** A command of the table, with options that it has; placeholders are in capitals or brackets. */
async function isCommand(words: readonly string[], place: string): Promise<void> {
  if (/^(?:--|…|COMMAND)/u.test(words[0] ?? '')) return;
  const row = COMMANDS.find(({ name }) => name.split(' ').every((word, at) => words[at] === word));
  assert.ok(row, `${place}: there is no such command`);
  const known = ['help', 'json', 'config', ...Object.keys((await row.load()).options)];
  for (const word of words) {
    const [, option] = /^\[?--([a-z-]+)/u.exec(word) ?? [];
    assert.ok(option === undefined || known.includes(option), `${place}: no option --${option}`);
  }
}

/** As GitHub makes them of headings. */
function anchors(page: string): string[] {
  const headings = [...page.matchAll(/^#+ (.+)$/gmu)].map(([, heading = '']) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
