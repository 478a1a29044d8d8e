/** The stylesheet, and the console's beside it: small, nothing in it that no page uses, and no other host. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { dense } from '../../src/web/assets.ts';

const VIEWS = join(import.meta.dirname, '..', '..', 'views');
const fileOf = (name: string): Promise<string> => readFile(join(VIEWS, 'assets', name), 'utf8');
const [everywhere, ofConsole] = [await fileOf('latchkey.css'), await fileOf('console.css')];
/** Of one page, with both themes beside one another in it (test/web/organisation-brand.test.ts). */
const ofAppearance = await fileOf('appearance.css');
const css = everywhere + ofConsole;
const rules = css.replaceAll(/\/\*[\s\S]*?\*\//gu, '');

async function markup(): Promise<string> {
  const files = await readdir(VIEWS, { recursive: true });
  const pages = files.filter((file) => /\.(?:njk|js)$/u.test(file) && !file.startsWith('mail'));
  // What the renderer adds to every page is in use too.
  const sources = [...pages.map((file) => join(VIEWS, file)), 'src/web/render.ts'];
  return (await Promise.all(sources.map((file) => readFile(file, 'utf8')))).join('\n');
}

const found = (pattern: RegExp, text = rules): string[] => [
  ...new Set([...text.matchAll(pattern)].map(([, name]) => name ?? '')),
];

describe('the stylesheet', () => {
  it('is small', () => {
    for (const [text, most] of [
      [everywhere, 24_500],
      [ofConsole, 3_000],
      [ofAppearance, 2_500],
    ] as const) {
      const served = dense(Buffer.from(text)).byteLength;
      assert.ok(served <= most, `${served} bytes`);
    }
  });

  it('has no class that no page uses', async () => {
    const pages = await markup();
    const unused = found(/\.([a-z][\w-]*)/gu, rules + ofAppearance).filter(
      (name) => !new RegExp(`(?<![\\w-])${name}(?![\\w-])`, 'u').test(pages),
    );
    assert.deepEqual(unused, []);
  });

  it('names every value that it uses, and uses every one that it names', () => {
    const named = found(/(--[\w-]+):/gu);
    const used = found(/var\((--[\w-]+)/gu);
    assert.deepEqual(named.toSorted(), used.toSorted());
  });

  it('has each colour under one name for light, and one for dark', () => {
    const [, light = '', dark = ''] = rules.split(':root {');
    const colours = (part: string) => found(/(--[\w-]+): #/gu, part.split('\n}')[0]);
    const outside = rules
      .split('@media print')[0]
      ?.split('\n}\n')
      .filter(
        (rule) =>
          /#[0-9a-f]{3,6};/u.test(rule) && !rule.includes(':root') && !/\.qr|\.logo/u.test(rule),
      );
    assert.deepEqual(colours(dark).toSorted(), colours(light).toSorted());
    assert.deepEqual(outside, []);
  });

  it('asks no other host', () => {
    assert.ok(!/url\(|@import/u.test(rules + ofAppearance));
  });
});
