import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadAssets } from '../../src/web/assets.ts';
import { LANGUAGES } from '../../src/web/languages.ts';
import { createRenderer } from '../../src/web/render.ts';
import { CODE_PROBLEMS, PAGE_PROBLEMS, samplePages } from '../support/sample-pages.ts';

const VIEWS = fileURLToPath(new URL('../../views/', import.meta.url));
const renderer = await createRenderer(VIEWS, await loadAssets(`${VIEWS}assets`));
const samples = await samplePages();

function english(name: string, more: object = {}): string {
  const sample = samples.find((candidate) => candidate.name === name);
  assert.ok(sample, name);
  return renderer.render(sample.page, 'en', { ...sample.context, ...more });
}

const buttons = (html: string): string[] =>
  [...html.matchAll(/<button type="submit" name="(?:go|decision)" value="(\w+)"/gu)].map(
    ([, value]) => value ?? '',
  );

describe('every page', () => {
  for (const { name, page, context } of samples) {
    it(`${name}: renders in each language, without script or style in it`, () => {
      for (const language of LANGUAGES) {
        const html = renderer.render(page, language, context);
        assert.ok(html.includes(`<html lang="${language}">`));
        assert.ok(html.includes(`data-page="${page}"`));
        assert.equal(html.match(/<h1>/gu)?.length, 1);
        assert.ok(!/ style=|<style|<script(?! src="\/assets\/)| on\w+=/u.test(html));
        assert.ok(!/(?:src|href)="(?:https?:)?\/\//u.test(html), 'asks no other host');
        assert.ok(!/undefined|\[object/u.test(html));
      }
    });
  }

  it('is under 60 KB with everything', async () => {
    let shared = 0;
    for (const name of ['latchkey.css', 'latchkey.js', 'icon.svg'])
      shared += (await stat(`${VIEWS}assets/${name}`)).size;
    for (const { name } of samples)
      assert.ok(shared + Buffer.byteLength(english(name)) < 60_000, name);
  });

  it('puts the main button first in its form, so that Enter presses it', () => {
    assert.deepEqual(buttons(english('password')), ['submit', 'cancel']);
    assert.deepEqual(buttons(english('totp')), ['submit', 'cancel', 'restart']);
    assert.deepEqual(buttons(english('enrol-begin')), ['next', 'cancel']);
    assert.deepEqual(buttons(english('enrol-install')), ['next', 'previous', 'cancel']);
    assert.deepEqual(buttons(english('enrol-scan')), ['next', 'previous', 'cancel', 'refresh']);
    assert.deepEqual(buttons(english('enrol-code')), ['submit', 'previous', 'cancel']);
    assert.deepEqual(buttons(english('enrol-done')), ['finish']);
    assert.deepEqual(buttons(english('consent')), ['allow', 'deny']);
  });

  it('escapes what people and apps are called', () => {
    const html = english('password', { login: '"><script>', client: { name: '<img src=x>' } });
    assert.ok(html.includes('value="&quot;&gt;&lt;script&gt;"'));
    assert.ok(html.includes('&lt;img src=x&gt;'));
  });

  it('fails rather than shows a page with something missing', () => {
    assert.throws(() => english('totp', { login: undefined }), /undefined/u);
    assert.throws(() => renderer.render('no/such', 'en', {}), /no page "no\/such"/u);
  });
});

describe('the wizard', () => {
  it('says what the design says', () => {
    const said: Record<string, string[]> = {
      'enrol-begin': ['<h1>Set up two-step authentication</h1>', 'Begin setup'],
      'enrol-install': ['<h1>Step 1: install an authenticator app</h1>'],
      'enrol-scan': ['<h1>Step 2: scan the QR code</h1>', 'Copy secret', 'Refresh'],
      'enrol-code': ['<h1>Step 3: enter the six-digit code</h1>', 'Submit'],
      'enrol-done': ['<h1>You have enrolled in MFA</h1>', 'Finish'],
    };
    for (const [name, words] of Object.entries(said))
      for (const word of words) assert.ok(english(name).includes(word), word);
  });

  it('carries the id of the pending secret, and starts the bar where the time is', () => {
    assert.ok(english('enrol-code').includes('name="pending" value="pending"'));
    assert.ok(english('enrol-code').includes('data-second="21"'));
  });
});

describe('what went wrong', () => {
  it('with a code is an alert tied to the box; with help where the code was recognised as one', () => {
    for (const code of Object.keys(CODE_PROBLEMS)) {
      const html = english(`totp-${code}`);
      assert.ok(html.includes('role="alert" id="notice"'), code);
      assert.match(html, /<input id="code"[^>]*aria-invalid="true"[^>]*aria-describedby="notice"/u);
      const helps = /^code-(?:wrong|slow|fast|used|old-entry)$/u.test(code);
      assert.equal(html.includes('Delete duplicate entries'), helps, code);
    }
  });

  it('with a field is told at the field', () => {
    const html = english('set-password-short');
    assert.match(html, /id="password-error">Use at least 15 characters\.</u);
    assert.match(
      html,
      /<input id="password"[^>]*aria-invalid="true"[^>]*"password-error password-hint /u,
    );
  });

  it('is no error after an enrolment', () => {
    const html = english('password-again');
    assert.ok(html.includes('role="status"') && !html.includes('role="alert"'));
  });

  it('has a page of its own for each code that reaches one, and words for any other', () => {
    for (const code of Object.keys(PAGE_PROBLEMS))
      assert.ok(!english(`error-${code}`).includes('That didn’t work'), code);
    assert.ok(english('error-person-unknown').includes('There is no such person.'));
    assert.ok(english('error-server', { code: 'made-up' }).includes('made-up'));
    assert.ok(english('error-server').includes('01J9ZK3V7Q'));
  });
});
