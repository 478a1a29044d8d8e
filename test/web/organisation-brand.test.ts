/** An organisation's brand over the installation's: what is its own, and what stays. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { UNBRANDED } from '../../src/branding/brand.ts';
import { contrast, GROUNDS, paletteOf } from '../../src/branding/palette.ts';
import { assetsOf } from '../../src/web/assets.ts';
import { brandPages } from '../../src/web/brand-pages.ts';
import { corrections, exampleStyles, shownColour } from '../../src/web/brand/example.ts';
import {
  colourFiles,
  organisationBrand,
  showFor,
  shownFor,
  type Branded,
} from '../../src/web/brand/organisation-brand.ts';
import { exampleOf } from '../../src/web/admin/pages/organisations/appearance-example.ts';

const HELP = 'https://help.example.test';
const installation = { ...UNBRANDED, name: 'Example', helpUrl: HELP, contact: 'Desk' };
const { brand: ours } = brandPages({ ...installation, colour: '#123456' }, assetsOf(new Map(), ''));
const of = (own: Partial<Branded>) => organisationBrand({ name: 'Acme', ...own }, ours);
const logo = (width: number, height: number) => ({ id: 'x', type: 'png', width, height }) as const;

describe('an organisation’s brand', () => {
  it('is the installation’s where it says nothing, or whom to ask alone', () => {
    assert.deepEqual(of({}), ours);
    assert.deepEqual(of({ logo: null, colour: null, contact: null }), ours);
    assert.deepEqual(of({ contact: 'IT' }), { ...ours, contact: [{ text: 'IT' }] });
  });

  it('has its name with a logo or a colour, and help and contact as before', () => {
    const coloured = of({ colour: '#0b5c8e' });
    assert.equal(coloured.name, 'Acme');
    assert.equal(coloured.logo, null);
    assert.match(coloured.stylesheet ?? '', /^\/colours\/0b5c8e\.[\da-f]{16}\.css$/u);
    assert.match(coloured.icon ?? '', /^\/colours\/0b5c8e\.[\da-f]{16}\.svg$/u);
    const shown = of({ logo: logo(100, 100) });
    assert.deepEqual(shown.logo, { url: '/logos/x.png', width: 40, height: 40, wide: false });
    assert.equal(shown.icon, '/logos/x.png');
    assert.equal(shown.stylesheet, ours.stylesheet);
    for (const one of [coloured, shown]) {
      assert.equal(one.help, HELP);
      assert.deepEqual(one.contact, ours.contact);
      assert.equal(one.hasFixedIcons, false);
    }
    const wide = of({ logo: logo(300, 60), colour: '#0b5c8e' });
    assert.equal(wide.logo?.wide, true);
    assert.match(wide.icon ?? '', /\.svg$/u);
  });

  it('goes with an answer from where it is known', () => {
    const ctx = { state: {} };
    assert.equal(shownFor(ctx), undefined);
    showFor(ctx, { name: 'Acme' });
    assert.deepEqual(shownFor(ctx), { name: 'Acme' });
    showFor(ctx, undefined);
    assert.equal(shownFor(ctx), undefined);
  });
});

describe('an example', () => {
  it('has the colours of both themes, whatever the reader’s is', () => {
    const styles = exampleStyles('#ffcc00');
    for (const theme of ['light', 'dark'] as const) {
      const { accent, fill } = paletteOf('#ffcc00', theme);
      const [card, ground] = GROUNDS[theme].grounds;
      const [, rule = ''] = new RegExp(`\\.look\\.${theme}\\{([^}]*)\\}`, 'u').exec(styles) ?? [];
      for (const value of [
        `--accent:${accent}`,
        `--fill:${fill}`,
        `--card:${card}`,
        `--ground:${ground}`,
      ])
        assert.ok(rule.includes(value), value);
    }
    const files = colourFiles('#ffcc00');
    assert.equal(files.assets.get(files.example)?.content.toString(), styles);
    assert.equal(colourFiles('#ffcc00'), files);
  });

  it('says where a colour had to be corrected, and to what can be read', () => {
    const themes = (colour: string) => corrections(colour).map(({ theme }) => theme);
    assert.deepEqual(themes('#ffcc00'), ['light']);
    assert.deepEqual(themes('#101010'), ['dark']);
    assert.deepEqual(themes('#808080'), ['light', 'dark']);
    for (const { theme, becomes, contrast: told } of corrections('#808080')) {
      const [card = ''] = GROUNDS[theme].grounds;
      assert.ok(contrast(becomes, card) >= 4.5);
      assert.equal(told, contrast('#808080', card).toFixed(1));
    }
  });

  it('is in the organisation’s colour, else the installation’s, else as the stylesheet has it', () => {
    assert.equal(shownColour('#0b5c8e', '#fff'), '#0b5c8e');
    assert.equal(shownColour(null, '#FC0'), '#ffcc00');
    assert.equal(shownColour(null, undefined), null);
  });

  it('says in whose name mails come, and that they show no WebP', () => {
    const config = { branding: {}, mail: { from: 'Desk <login@example.org>' } } as never;
    const nothing = { name: 'Acme', logo: null, colour: null, contact: null, senderName: null };
    const plain = exampleOf(config, nothing).example;
    assert.deepEqual(plain.mail.from, { name: 'Desk', address: 'login@example.org' });
    assert.deepEqual([plain.isPlain, plain.name], [true, 'Latchkey']);
    const picture = { type: 'webp', url: '/x', width: 64, height: 32 };
    const { example } = exampleOf(config, { ...nothing, logo: picture, senderName: 'Acme IT' });
    assert.equal(example.mail.from.name, 'Acme IT');
    assert.deepEqual([example.mail.logo, example.mail.isWebp], [null, true]);
    assert.deepEqual([example.isPlain, example.name], [false, 'Acme']);
    assert.equal(example.logo?.wide, true);
  });
});

describe('an example without a colour', () => {
  it('has the values of the stylesheet', async () => {
    const styles = async (name: string): Promise<string> =>
      readFile(new URL(`../../views/assets/${name}`, import.meta.url), 'utf8');
    const [all, own] = [await styles('latchkey.css'), await styles('appearance.css')];
    const roots = [...all.matchAll(/:root \{([^}]*)\}/gu)].map(([, rule = '']) => rule);
    for (const [at, theme] of (['light', 'dark'] as const).entries()) {
      const [, rule = ''] = new RegExp(`\\.look\\.${theme} \\{([^}]*)\\}`, 'u').exec(own) ?? [];
      const values = rule.match(/--[\w-]+: [^;]+;/gu) ?? [];
      assert.equal(values.length, 8, theme);
      for (const value of values) assert.ok(roots[at]?.includes(value), `${theme}: ${value}`);
    }
  });
});
