/** What becomes of a brand on pages: which picture goes where, and whom one can write to. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UNBRANDED, type Brand } from '../../src/branding/brand.ts';
import type { Logo, LogoType } from '../../src/branding/logo.ts';
import { assetsOf } from '../../src/web/assets.ts';
import { brandPages } from '../../src/web/brand-pages.ts';

const OURS = Buffer.from('ours');
const ours = assetsOf(new Map([['favicon.ico', OURS]]), 'views');
const of = (brand: Partial<Brand>) => brandPages({ ...UNBRANDED, ...brand }, ours);
const logo = (type: LogoType, width: number, height: number): Logo => ({
  content: Buffer.from(`${type} ${width}`),
  type,
  width,
  height,
});

describe('the brand of pages', () => {
  it('is our own where nothing is said', () => {
    const { brand, assets } = of({});
    const nothing = { logo: null, icon: null, stylesheet: null, help: null, contact: null };
    assert.deepEqual(brand, { name: 'Latchkey', hasFixedIcons: true, ...nothing });
    assert.equal(assets.find('/favicon.ico')?.content, OURS);
  });

  it('has a square logo beside the name, and in the tab', () => {
    const { brand, assets } = of({ logo: logo('png', 200, 180) });
    assert.deepEqual(brand.logo, { url: brand.icon, width: 44, height: 40, wide: false });
    for (const place of ['/favicon.ico', '/apple-touch-icon.png', brand.icon ?? ''])
      assert.equal(assets.find(place)?.content.toString(), 'png 200', place);
    // What asks for an icon by itself may know no drawings.
    const drawn = of({ logo: logo('svg', 64, 64) });
    assert.equal(drawn.brand.icon, drawn.brand.logo?.url);
    assert.equal(drawn.assets.find('/favicon.ico')?.content, OURS);
  });

  it('has a wide logo instead of the name, never wider than a phone', () => {
    const { brand } = of({ logo: logo('svg', 400, 100) });
    assert.deepEqual(brand.logo, { url: brand.logo?.url, width: 176, height: 44, wide: true });
    assert.equal(brand.icon, null);
    assert.equal(of({ logo: logo('webp', 1000, 100) }).brand.logo?.width, 240);
  });

  it('has styles and an icon in its colour', () => {
    const { brand, assets } = of({ colour: '#fc0' });
    const styles = assets.find(brand.stylesheet ?? '')?.content.toString() ?? '';
    assert.match(styles, /^:root\{--accent:#\w{6};.*--fill:#ffcc00;.*--on-fill:#000000\}\n@media/u);
    assert.match(assets.find(brand.icon ?? '')?.content.toString() ?? '', /fill="#ffcc00"/u);
  });

  it('knows whom one can write to', () => {
    assert.deepEqual(of({ contact: 'IT <it@example.test>, or Ann (ann@x.test).' }).brand.contact, [
      { text: 'IT <' },
      { text: 'it@example.test', address: 'it@example.test' },
      { text: '>, or Ann (' },
      { text: 'ann@x.test', address: 'ann@x.test' },
      { text: ').' },
    ]);
    assert.deepEqual(of({ contact: 'Room 4, @home' }).brand.contact, [{ text: 'Room 4, @home' }]);
  });
});
