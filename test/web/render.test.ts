import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';
import { loadAssets } from '../../src/web/assets.ts';
import { LANGUAGES } from '../../src/text/languages.ts';
import { createRenderer } from '../../src/web/render.ts';
import { PAGE_PROBLEMS, samplePages } from '../support/sample-pages.ts';
import { CODE_PROBLEMS, MAIL_PROBLEMS } from '../support/sample-sign-in.ts';

const VIEWS = fileURLToPath(new URL('../../views/', import.meta.url));
const assets = await loadAssets(`${VIEWS}assets`);
const renderer = createRenderer(VIEWS, assets);
const samples = await samplePages();

function english(name: string, more: object = {}): string {
  const sample = samples.find((candidate) => candidate.name === name);
  assert.ok(sample, name);
  const html = renderer.render(sample.page, 'en', { ...sample.context, ...more });
  return html.replaceAll(/<span class="whole">(.*?)<\/span>/gu, '$1');
}

const buttons = (html: string): string[] =>
  [...html.matchAll(/<button type="submit" name="(?:go|decision)" value="(\w+)"/gu)].map(
    ([, value]) => value ?? '',
  );

describe('what is told by email', () => {
  it('is not where no mail server is set up: whoever asks is told to tell them', () => {
    const values = { name: 'Sam Jr.', login: 'sam' };
    const context = { key: 'person-unlock', values, back: '/x', action: '/x', fields: [] };
    const page = samples.find(({ name }) => name.startsWith('console-confirm'));
    const asked = (more: object): string =>
      renderer.render('admin/confirm', 'en', { ...page?.context, ...context, ...more });
    assert.match(asked({}), /They are told by email\./u);
    assert.match(asked({ hasMail: false }), /No mail server is set up: tell them yourself\./u);
    assert.doesNotMatch(asked({ hasMail: false }), /by email/u);
  });
});

describe('a name on a page', () => {
  it('does not turn the words after it around', () => {
    const values = { error: 'x', description: 'Alice \u202eniktsohr\u2066 \u200f' };
    const context = { code: 'oauth', values, back: null, requestId: '', csrf: '', org: null };
    const html = renderer.render('error', 'en', context);
    assert.match(html, /Alice niktsohr/u);
    assert.doesNotMatch(html, /\p{Bidi_Control}/u);
  });
});

describe('a heading', () => {
  it('keeps a word with a hyphen on one line, unless it is too long for any', () => {
    const named = (name: string): string =>
      renderer.render('interactions/not-open', 'en', {
        ...samples.find(({ page }) => page === 'interactions/not-open')?.context,
        client: { id: 'x', name },
      });
    assert.match(named('E-Mail <b-c>'), /<h1>.*<span class="whole">E-Mail<\/span> &lt;/u);
    assert.doesNotMatch(
      named('E-Mail').split('<h1>')[0] ?? '',
      /class="whole"/u,
      'a title has none',
    );
    assert.doesNotMatch(named('web-mail-of-the-house'), /class="whole"/u);
  });
});
/** Does it say that something is wrong with what was posted? */
function isFaulty(context: object): boolean {
  const { problem, errors = {} } = context as { problem?: { code: string }; errors?: object };
  return Object.keys(errors).length > 0 || ![undefined, 'signed-in-again'].includes(problem?.code);
}

/** A link or a button that leads on from what the page says: not the brand, another language, or out. */
/** An empty address is the page itself: to try again. */
function hasWayOn(html: string): boolean {
  const own = html
    .replaceAll(/<header class="brand">[\s\S]*?<\/header>|<a [^>]*class="brand"/gu, '')
    .replaceAll(/<form[^>]*action="\/(?:language|account\/sign-out)"[\s\S]*?<\/form>/gu, '');
  return /<a [^>]*href="(?:"|\.|\/|https?:)/u.test(own) || /<form[\s\S]*type="submit"/u.test(own);
}

/** Pages without a language switch: they go on by themselves, or show once what would be gone. */
const PASSING = [
  'client-redirect',
  'oidc/form-post',
  'account/passcode-made',
  'admin/app-handed-over',
  'admin/service-passcode',
];

describe('every page', () => {
  for (const { name, page, context } of samples) {
    it(`${name}: renders in each language, without script or style in it`, () => {
      for (const language of LANGUAGES) {
        const html = renderer.render(page, language, context);
        assert.ok(html.includes(`<html lang="${language}">`));
        assert.ok(html.includes(`data-page="${page}"`));
        assert.equal(html.match(/<h1>/gu)?.length, 1);
        assert.ok(!/ style=|<style|<script(?! src="\/assets\/)| on\w+=/u.test(html));
        // A link is followed by a click alone.
        const loads = html.replaceAll(/<a [^>]*>/gu, '');
        assert.ok(!/(?:src|href)="(?:https?:)?\/\//u.test(loads), 'asks no other host');
        assert.ok(!/undefined|\[object/u.test(html));
        assert.ok(hasWayOn(html), 'somewhere to go');
        assert.equal(html.includes('action="/language"'), !PASSING.includes(page));
        assert.equal(/<title>(?:Error: |錯誤：)\S/u.test(html), isFaulty(context));
      }
    });
  }

  it('form-post: goes on by itself in whatever runs scripts at all, HtmlUnit too', async () => {
    const script = await readFile(`${VIEWS}assets/form-post.js`, 'utf8');
    const { program, errors } = parseSync('form-post.js', script);
    assert.deepEqual(errors, []);
    const kinds = [...JSON.stringify(program.body).matchAll(/"type":"(\w+)"/gu)].map(
      ([, kind]) => kind,
    );
    const oldest = [
      'CallExpression',
      'ExpressionStatement',
      'Identifier',
      'Literal',
      'MemberExpression',
    ];
    assert.deepEqual([...new Set(kinds)].toSorted(), oldest);
    assert.match(script, /\.submit\(\)/u, 'requestSubmit is younger');
    assert.match(english('form-post'), /<script src="\/assets\/form-post\.\w+\.js" defer>/u);
  });

  it('is under 60 KB with everything', async () => {
    const sizeOf = (name: string): number =>
      assets.find(assets.url(name))?.content.byteLength ?? Infinity;
    const everywhere = ['latchkey.css', 'latchkey.js', 'passkey.js', 'password.js', 'icon.svg'];
    const shared = everywhere.reduce((sum, name) => sum + sizeOf(name), 0);
    for (const { name } of samples) {
      const page = english(name);
      const own = page.includes('/assets/console.') ? sizeOf('console.css') : 0;
      assert.ok(shared + own + Buffer.byteLength(page) < 60_000, name);
    }
  });

  it('puts the main button first in its form, so that Enter presses it', () => {
    assert.deepEqual(buttons(english('password')), ['submit', 'cancel']);
    assert.deepEqual(buttons(english('totp')), ['submit', 'cancel', 'restart']);
    assert.deepEqual(buttons(english('enrol-begin')), ['next', 'restart', 'cancel']);
    assert.deepEqual(buttons(english('enrol-install')), ['next', 'previous', 'cancel']);
    assert.deepEqual(buttons(english('enrol-scan')), ['next', 'previous', 'cancel', 'refresh']);
    assert.deepEqual(buttons(english('enrol-code')), ['submit', 'previous', 'cancel']);
    assert.deepEqual(buttons(english('password-passkey')), ['submit', 'submit', 'cancel']);
    assert.deepEqual(buttons(english('passkey')), ['submit', 'cancel', 'restart']);
    assert.deepEqual(buttons(english('passkey-enrol')), ['submit', 'previous', 'cancel']);
    assert.deepEqual(buttons(english('email-code')), ['send', 'cancel', 'restart']);
    const sent = buttons(english('email-code-queued'));
    assert.deepEqual(sent, ['submit', 'cancel', 'send', 'restart']);
    assert.deepEqual(buttons(english('email-code-enrol')), ['send', 'previous', 'cancel']);
    const typed = buttons(english('email-code-enrol-wrong'));
    assert.deepEqual(typed, ['submit', 'previous', 'cancel', 'send', 'postpone']);
    assert.deepEqual(buttons(english('one-time-codes')), ['submit', 'cancel', 'restart']);
    assert.deepEqual(buttons(english('one-time-codes-new-2')), ['generate', 'skip']);
    assert.deepEqual(buttons(english('one-time-codes-new-made')), ['finish']);
    const code = buttons(english('enrolment-code'));
    assert.deepEqual(code, ['submit', 'restart', 'cancel', 'restart']);
    assert.deepEqual(buttons(english('enrolled-totp')), ['finish']);
    assert.deepEqual(buttons(english('select-account')), ['submit', 'restart', 'cancel']);
    assert.deepEqual(buttons(english('not-open')), ['leave', 'restart']);
    assert.deepEqual(buttons(english('factor-barred')), ['leave', 'restart']);
    assert.deepEqual(buttons(english('forgot-password')), ['submit']);
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
      'enrolled-totp': ['<h1>You have enrolled in MFA</h1>', 'Print', 'Copy codes', 'Finish'],
    };
    for (const [name, words] of Object.entries(said))
      for (const word of words) assert.ok(english(name).includes(word), word);
  });

  it('carries the id of the pending secret, and starts the bar where the time is', () => {
    assert.ok(english('enrol-code').includes('name="pending" value="pending"'));
    assert.ok(english('enrol-code').includes('data-second="21"'));
  });
});

describe('another way', () => {
  const links = (name: string): string[] =>
    [...english(name).matchAll(/<li><a href="([^"]*)">/gu)].map(([, href]) => href ?? '');

  it('is a link to each other factor that would do, and none to the page itself', () => {
    const [totp, passkey, mail, code] = ['totp', 'passkey', 'email-code', 'one-time-codes'].map(
      (factor) => `/interaction/abc/${factor}`,
    );
    assert.deepEqual(links('totp-all'), [passkey, mail, code]);
    assert.deepEqual(links('email-code-queued'), [totp, passkey, code]);
    assert.deepEqual(links('totp'), []);
  });

  it('to be set up is a link that begins it', () => {
    assert.deepEqual(links('enrol-scan'), [
      '/interaction/abc/passkey-enrol',
      '/interaction/abc/email-code-enrol',
    ]);
    assert.ok(english('enrol-scan').includes('Use email MFA instead'));
    assert.deepEqual(links('enrol-begin-set-up'), []);
  });

  it('is to put the set-up off, where that is allowed, with the days left', () => {
    assert.ok(english('enrol-begin-postpone').includes('12 days are left'));
    assert.ok(!english('enrol-begin').includes('value="postpone"'));
  });
});

describe('trust', () => {
  it('is offered with the number of days, explained at the box, and never with a one-time code', () => {
    const html = english('totp-all');
    assert.match(html, /<label for="trust">Trust this computer for 30 days</u);
    assert.match(html, /<input type="checkbox" id="trust"[^>]*aria-describedby="trust-hint"/u);
    for (const name of ['totp', 'one-time-codes', 'passkey-alone', 'email-code-all'])
      assert.ok(!english(name).includes('id="trust"'), name);
  });
});

describe('a mail with a code', () => {
  it('is told with its reference, the masked address and what became of it', () => {
    const html = english('email-code-handed-over');
    assert.ok(html.includes('<dd class="reference">K7QX</dd>'));
    assert.ok(html.includes('al•••@h•••.example'));
    assert.match(html, /data-sent="handed-over" role="status">Sent/u);
    assert.ok(!html.includes('<noscript>'), 'nothing more to look for');
    assert.match(english('email-code-queued'), /<noscript><p><a href="\/interaction\/abc\/step">/u);
  });

  it('that was refused, failed or came too late is no success', () => {
    for (const state of ['refused', 'failed', 'expired'])
      assert.ok(english(`email-code-${state}`).includes(`data-sent="${state}"`), state);
  });

  it('has its code refused at the box, and another mail above it', () => {
    for (const code of Object.keys(MAIL_PROBLEMS)) {
      const html = english(`email-code-${code}`);
      const tied = /<input id="code"[^>]*aria-invalid="true"[^>]*aria-describedby="notice"/u;
      assert.equal(tied.test(html), code.startsWith('code-'), code);
      assert.ok(html.includes('role="alert" id="notice"'), code);
    }
    assert.ok(english('email-code-code-older').includes('K7QX'));
  });

  it('names the sender to be added, without making markup of it', () => {
    assert.ok(english('email-code-queued').includes('Acme &lt;login@acme.example&gt;'));
  });
});

describe('one-time codes', () => {
  const shown = (name: string): number => english(name).match(/<code>/gu)?.length ?? 0;

  it('are all on the last page of a set-up, with a plain page to print', () => {
    for (const name of ['enrolled-totp', 'enrolled-passkey', 'enrolled-email-code', 'setup-done'])
      assert.equal(shown(name), 10, name);
    assert.match(english('enrolled-totp'), /href="\/interaction\/abc\/step\/print"/u);
    assert.match(english('setup-done'), /href="\/setup\/done\/print"/u);
    assert.equal(shown('one-time-codes-print'), 10);
  });

  it('are gone later, and the page says so', () => {
    assert.equal(shown('enrolled-hidden'), 0);
    assert.ok(english('enrolled-hidden').includes('You can see these again'));
    assert.ok(!english('enrolled-again').includes('one-time'));
  });

  it('that were used are marked in words too', () => {
    assert.match(
      english('one-time-codes-print'),
      /<li class="used"><code>[^<]*<\/code> <span>used</u,
    );
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
      /<input id="password"[^>]*aria-invalid="true"[^>]*"password-error password-rules"/u,
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
