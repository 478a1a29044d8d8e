/** Dates and times in the texts of pages: elements with the moment in them, in the reader's language and zone. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadAssets } from '../../src/web/assets.ts';
import { createRenderer } from '../../src/web/render.ts';
import { timesAsMarkup } from '../../src/text/times.ts';
import { samplePages } from '../support/sample-pages.ts';

const VIEWS = join(import.meta.dirname, '..', '..', 'views');
const renderer = createRenderer(VIEWS, await loadAssets(join(VIEWS, 'assets')));
const samples = await samplePages();

function page(name: string, language: string, zone?: string): string {
  const sample = samples.find((candidate) => candidate.name === name);
  assert.ok(sample, name);
  return renderer
    .render(sample.page, language, sample.context, zone)
    .replaceAll(/[\s\u202F]+/gu, ' ');
}

describe('a time on a page', () => {
  const iso = '<time datetime="2026-11-03T09:30:00.000Z">';

  it('is an element with the exact moment, in the language and zone of the reader', () => {
    const written = (language: string, zone?: string) => page('account-activity', language, zone);
    assert.ok(written('en').includes(`${iso}Nov 3, 2026, 9:30 AM UTC</time>`));
    assert.ok(written('en', 'Asia/Taipei').includes(`${iso}Nov 3, 2026, 5:30 PM</time>`));
    assert.ok(written('zh-Hant', 'Asia/Taipei').includes(`${iso}2026年11月3日 下午5:30</time>`));
  });

  it('may stand in the middle of a text', () => {
    const text = `Last used ${iso}Nov 3, 2026, 9:30 AM UTC</time></p>`;
    assert.ok(page('account-computers', 'en').includes(text));
  });

  it('is in no attribute, where markup would be shown', () => {
    for (const { name } of samples) assert.ok(!/="[^"<>]*<time/u.test(page(name, 'en')), name);
  });
});

describe('a text with a time', () => {
  const MARKED = '\uE0000\uE0011970\uE002';

  it('is escaped but for the time', () => {
    const html = String(timesAsMarkup(`<b>"Tom" & 'Ann'</b> ${MARKED}`));
    const time = '<time datetime="1970-01-01T00:00:00.000Z">1970</time>';
    assert.equal(html, `&lt;b&gt;&quot;Tom&quot; &amp; &#39;Ann&#39;&lt;/b&gt; ${time}`);
  });

  it('is left to the template when there is none', () => {
    assert.equal(timesAsMarkup('<b>'), '<b>');
  });

  it('never fails, whatever people call their devices', () => {
    const names = [
      MARKED,
      '\uE000',
      `\uE000${'9'.repeat(40)}\uE001<i>\uE002`,
      `\uE0001\uE001<i>\uE002`,
    ];
    for (const name of names) assert.ok(!String(timesAsMarkup(name)).includes('<i>'), name);
  });
});
