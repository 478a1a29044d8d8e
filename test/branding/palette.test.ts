/** Whatever colour an installation has, what is written in it can be read. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { contrast, GROUNDS, paletteOf, type Theme } from '../../src/branding/palette.ts';

const THEMES: readonly Theme[] = ['light', 'dark'];
const INK = { light: '#1b1d28', dark: '#eceef5' };
/** Every sixth part of each of the three, from black to white. */
const STEPS = ['00', '33', '66', '99', 'cc', 'ff'];
const COLOURS = STEPS.flatMap((red) =>
  STEPS.flatMap((green) => STEPS.map((blue) => `#${red}${green}${blue}`)),
);

describe('the colours that follow from one', () => {
  it('measure contrast as WCAG does', () => {
    assert.equal(contrast('#000', '#fff'), 21);
    assert.equal(contrast('#fff', '#ffffff'), 1);
    // The two greys that are always told of: the first passes on white, the second does not.
    assert.equal(contrast('#fff', '#767676').toFixed(2), '4.54');
    assert.equal(contrast('#777777', '#fff').toFixed(2), '4.48');
  });

  for (const theme of THEMES)
    it(`can be read on every ground, ${theme}`, () => {
      const { grounds, soft } = GROUNDS[theme];
      for (const colour of COLOURS) {
        const { accent, accentTint, fill, fillDeep, onFill } = paletteOf(colour, theme);
        const pairs = [
          ...[...grounds, accentTint].map((ground) => [accent, ground]),
          [onFill, fill],
          [onFill, fillDeep],
          [INK[theme], accentTint],
          [soft, accentTint],
        ] as const;
        for (const [words = '', ground = ''] of pairs)
          assert.ok(contrast(words, ground) >= 4.5, `${colour}: ${words} on ${ground}`);
        assert.ok(contrast(fill, fillDeep) >= 1.05, `${colour}: the pointer changes nothing`);
      }
    });

  it('leave a button the colour itself, and everything where that can be read', () => {
    for (const theme of THEMES) assert.equal(paletteOf('#FC0', theme).fill, '#ffcc00');
    assert.equal(paletteOf('#0b5c8e', 'light').accent, '#0b5c8e');
    assert.equal(paletteOf('#0b5c8e', 'light').onFill, '#ffffff');
    assert.equal(paletteOf('#ffcc00', 'dark').accent, '#ffcc00');
    assert.equal(paletteOf('#ffcc00', 'light').onFill, '#000000');
  });

  it('are held against the grounds that the stylesheet has', async () => {
    const css = await readFile('views/assets/latchkey.css', 'utf8');
    const [, light = '', dark = ''] = css.split(':root {');
    for (const [theme, rule] of [
      ['light', light],
      ['dark', dark],
    ] as const) {
      const value = (name: string): string =>
        new RegExp(`--${name}: (#[0-9a-f]+);`, 'u').exec(rule)?.[1] ?? assert.fail(name);
      const { grounds, soft } = GROUNDS[theme];
      const named = new Set(['card', 'ground', 'sunk'].map(value));
      assert.deepEqual([...named].map(long), grounds);
      assert.equal(value('soft'), soft);
      assert.equal(value('ink'), INK[theme]);
    }
  });
});

const long = (hex: string): string =>
  hex.length === 4 ? `#${hex.slice(1).replaceAll(/./gu, '$&$&')}` : hex;
