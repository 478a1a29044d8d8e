/** An organisation's own logo, colour, contact and sender name: whose pages and mails have them, and what is refused. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { logoCollection } from '../../src/records/branding/logo.ts';
import { getOrganisation } from '../../src/records/organisation.ts';
import { png, pngOf, picture, refusedPictures } from '../branding/sample-pictures.ts';
import { memberOf, saidOn, type Member } from '../support/account.ts';
import { byOperator } from '../support/by-operator.ts';
import { createHttpBrowser, hiddenFields, type HtmlPage } from '../support/http-browser.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { request } from '../support/request.ts';
import { authorize } from '../support/relying-party.ts';
import { PASSWORD, startTestServer, type TestServer } from '../support/server.ts';

const APPEARANCE = '/admin/organisations/acme/appearance';
const CONTACT = 'Mia in IT, it@acme.test, extension 40';

let server: TestServer;
let smtp: MailServer;
let boss: Member;
before(async () => {
  smtp = await startMailServer();
  server = await startTestServer({
    LATCHKEY_MAIL_SMTP_URL: smtp.url,
    LATCHKEY_MAIL_FROM: 'Example IT <login@example.org>',
    LATCHKEY_BRANDING_NAME: 'Example Sign-in',
    LATCHKEY_BRANDING_CONTACT: 'Example service desk',
  });
  await byOperator(server).addOrganisation({ name: 'Globex', mfa: 'optional' });
  const role = 'organisation-administrator';
  boss = memberOf(server, await server.addPerson({ role }, { totp: true }));
});
after(async () => {
  await server.stop();
  await smtp.close();
});

const file = (content: Buffer, name = 'logo.png') => new File([new Uint8Array(content)], name);
/** What a browser sends: the boxes as they are filled in, and what is changed. */
const save = async (fields: Record<string, string | File>): Promise<HtmlPage> => {
  const { colour, contact, senderName } = await acme();
  const boxes = { colour: colour ?? '', contact: contact ?? '', senderName: senderName ?? '' };
  return boss.submit(await boss.open(APPEARANCE), { ...boxes, ...fields });
};
const logoOf = (page: HtmlPage): string | undefined =>
  /<img class="logo" src="([^"]+)"/u.exec(page.html)?.[1];
const stylesOf = (page: HtmlPage): string[] =>
  [...page.html.matchAll(/<link rel="stylesheet" href="([^"]+)"/gu)].map(([, at = '']) => at);
const titleOf = (page: HtmlPage): string => /<title>([^<]*)</u.exec(page.html)?.[1] ?? '';
const acme = async () => (await getOrganisation(server.store, 'acme')) ?? assert.fail();
const kept = async () => {
  await server.settle();
  return [await acme(), (await server.store.scan(logoCollection)).items];
};

describe('an organisation without a face of its own', () => {
  it('has the installation’s pages, with its own contact', async () => {
    const page = await save({ contact: CONTACT });
    assert.equal(
      saidOn(page),
      'The appearance of Acme has been saved. Pages show it within a second.',
    );
    const own = await boss.open('/account');
    assert.match(titleOf(own), /· Example Sign-in$/u);
    assert.match(own.html, /Your administrator: Mia in IT, <a href="mailto:it@acme\.test">/u);
    const { browser } = memberOf(server, await server.addPerson({ organisation: 'globex' }));
    assert.match((await browser.open(`${server.issuer}/`)).html, /Example service desk/u);
  });
});

describe('an organisation’s logo', () => {
  it('is served from our own origin, where it can do nothing', async () => {
    const page = await save({
      logo: file(await picture('logo.png'), 'innocent.html'),
      colour: '#FC0',
    });
    assert.equal(page.status, 200, page.html);
    const account = await boss.open('/account');
    assert.match(titleOf(account), /· Acme$/u);
    const url = logoOf(account) ?? assert.fail(account.html);
    assert.match(url, /^\/logos\/[\w-]{43}\.png$/u);
    const answer = await fetch(`${server.issuer}${url}`);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), 'image/png');
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    assert.match(
      answer.headers.get('content-security-policy') ?? '',
      /^default-src 'none';.* sandbox$/u,
    );
    assert.equal(answer.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    assert.equal(answer.headers.get('set-cookie'), null);
    const content = Buffer.from(await answer.arrayBuffer());
    assert.ok(!content.includes('script'));
    const etag = answer.headers.get('etag') ?? '';
    const again = await request(`${server.issuer}${url}`, { headers: { 'if-none-match': etag } });
    assert.equal(again.status, 304);
    assert.equal((await fetch(`${server.issuer}${url}`, { method: 'POST' })).status, 405);
  });

  it('is there under its own id and type alone', async () => {
    const [, id = ''] = /^\/logos\/([\w-]+)/u.exec(logoOf(await boss.open('/account')) ?? '') ?? [];
    const hash = createHash('sha256')
      .update(await picture('logo.png'))
      .digest('base64url');
    const others = [
      `${id}.jpg`,
      `${id}.svg`,
      `${id}.html`,
      id,
      `${hash}.png`,
      `${id.slice(1)}.png`,
    ];
    others.push('..%2f..%2fetc%2fpasswd.png', '{"$ne":null}.png', `${'x'.repeat(43)}.png`);
    for (const one of others)
      assert.equal((await fetch(`${server.issuer}/logos/${one}`)).status, 404, one);
  });

  it('that is none is refused with the reason, and never kept or served', async () => {
    const before = await kept();
    for (const [what, code, content] of await refusedPictures()) {
      const page = await save({ logo: file(content), contact: 'Somebody else' });
      assert.equal(page.status, 400, what);
      const [, said = ''] = /id="logo-error">([^<]+)</u.exec(page.html) ?? [];
      const word = code === 'logo-drawing' ? /SVG and HTML/u : /./u;
      assert.match(said, word, what);
      // What was filled in is there still; a file can't be.
      assert.match(page.html, /value="Somebody else"/u);
      assert.match(page.html, /Choose “logo\.png” once more/u);
    }
    assert.deepEqual(await kept(), before);
  });

  it('is told what is too large without a page that says no', async () => {
    const page = await save({ logo: file(pngOf(300 * 1024)) });
    assert.equal(page.status, 400);
    assert.match(page.html, /The file has 300 KiB; a logo has at most 32 KiB/u);
  });

  it('that takes the place of another can be taken back', async () => {
    const before = await acme();
    const page = await save({ logo: file(png(96, 96)) });
    const [, undo = ''] =
      /<a href="([^"]+)">Bring the logo before it back/u.exec(page.html) ?? assert.fail(page.html);
    const back = await boss.submit(await boss.open(undo));
    assert.equal(back.status, 200);
    const after = (await acme()).logo;
    assert.deepEqual([after?.width, after?.height], [before.logo?.width, before.logo?.height]);
    // Nothing else has changed, and a form without a file leaves it as it is.
    assert.doesNotMatch((await save({ senderName: '' })).html, /Bring the logo/u);
    assert.deepEqual((await acme()).logo, after);
  });

  it('is taken away by who may, and brought back', async () => {
    const before = logoOf(await boss.open('/account'));
    const gone = await boss.submit(await boss.open(`${APPEARANCE}/remove-logo`));
    assert.equal(saidOn(gone), 'The logo of Acme has been removed. ');
    assert.equal(logoOf(await boss.open('/account')), undefined);
    const [, undo = ''] =
      /id="said"[^>]*>\s*<p>[^<]*<a href="([^"]+)">Bring it back/u.exec(gone.html) ?? [];
    const back = await boss.submit(await boss.open(undo));
    assert.equal(back.status, 200, back.html);
    const after = logoOf(await boss.open('/account'));
    assert.ok(after !== undefined && after !== before);
    const late = await boss.submit(await boss.open(`${APPEARANCE}/logo/${'x'.repeat(43)}`));
    assert.equal(late.status, 404);
  });
});

describe('an organisation’s colour', () => {
  it('is a stylesheet of our own origin, made of the colour alone', async () => {
    await save({ colour: '#ffcc00' });
    const styles = stylesOf(await boss.open('/account')).at(-1) ?? '';
    assert.match(styles, /^\/colours\/ffcc00\.[\da-f]{16}\.css$/u);
    const answer = await fetch(`${server.issuer}${styles}`);
    assert.equal(answer.headers.get('content-type'), 'text/css; charset=utf-8');
    const text = await answer.text();
    assert.match(text, /^:root\{--accent:#[\da-f]{6};--accent-tint:#[\da-f]{6};--fill:#ffcc00/u);
    for (const other of [
      styles.replace('ffcc00', 'ffcc01'),
      '/colours/ffcc00.css',
      '/colours/red.css',
    ])
      assert.equal((await fetch(`${server.issuer}${other}`)).status, 404, other);
  });

  it('that could not be read is put right, and said', async () => {
    const page = await boss.open(APPEARANCE);
    assert.match(
      page.html,
      /On a light page, words in this colour would be hard to read \(contrast 1\.5 : 1\)/u,
    );
    assert.doesNotMatch(page.html, /On a dark page/u);
    const tried = await boss.submit(page, { go: 'try', colour: '#101010' });
    assert.match(tried.html, /On a dark page, words in this colour/u);
    assert.match(tried.html, /Nothing has been saved yet/u);
    assert.match(stylesOf(tried).at(-1) ?? '', /^\/colours\/101010\./u);
    assert.equal((await acme()).colour, '#ffcc00');
  });
});

describe('whose page it is', () => {
  it('costs no read for each request, before anybody is known and after', async () => {
    const client = await server.addClient({ organisations: ['acme'] });
    const somebody = createHttpBrowser(server.issuer);
    const { url } = await somebody.open(authorize(client).url);
    const account = '/account';
    await boss.open(account);
    const reads = new Map<string, number>();
    const { get } = server.store;
    server.clock.stands = server.now();
    server.store.get = (kind, id) => {
      reads.set(kind.name, (reads.get(kind.name) ?? 0) + 1);
      return Reflect.apply(get, server.store, [kind, id]);
    };
    try {
      for (let count = 0; count < 5; count += 1)
        assert.match(titleOf(await somebody.open(url)), /· Acme$/u);
      assert.ok((reads.get('organisation') ?? 0) <= 1, String(reads.get('organisation')));
      reads.clear();
      await boss.open(account);
      // What the sign-in is judged by: nothing more for how it looks.
      assert.equal(reads.get('organisation'), 1);
      const logo = logoOf(await boss.open(account)) ?? assert.fail();
      for (let count = 0; count < 5; count += 1)
        assert.equal((await fetch(`${server.issuer}${logo}`)).status, 200);
      assert.equal(reads.get('organisation_logo'), 1);
    } finally {
      server.store.get = get;
      delete server.clock.stands;
    }
  });

  it('is known before anybody is where the app is open to one organisation', async () => {
    const open = await server.addClient();
    const own = await server.addClient({ organisations: ['acme'] });
    const both = await server.addClient({ organisations: ['acme', 'globex'] });
    const somebody = createHttpBrowser(server.issuer);
    for (const [client, name] of [
      [open, 'Example Sign-in'],
      [own, 'Acme'],
      [both, 'Example Sign-in'],
    ] as const) {
      const page = await somebody.open(authorize(client).url);
      assert.match(titleOf(page), new RegExp(`· ${name}$`, 'u'));
      assert.equal(logoOf(page) !== undefined, name === 'Acme');
    }
  });

  it('is told by nobody’s login name, but by their password', async () => {
    const { login } = await server.addPerson({}, { totp: true });
    const client = await server.addClient();
    const somebody = createHttpBrowser(server.issuer);
    const asked = await somebody.open(authorize(client).url);
    const wrong = await somebody.submit(asked, { login, password: 'wrong' });
    assert.match(titleOf(wrong), /· Example Sign-in$/u);
    const right = await somebody.submit(wrong, { login, password: PASSWORD });
    assert.match(titleOf(right), /· Acme$/u);
    assert.match(right.html, /Your administrator: Mia in IT/u);
  });

  it('is an error page’s too, a link’s and that which signs out, and not the console of all', async () => {
    const missing = await boss.open('/admin/organisations/globex');
    assert.equal(missing.status, 404);
    assert.match(titleOf(missing), /· Acme$/u);
    assert.match(titleOf(await boss.open('/session/end')), /· Acme$/u);
    const { login } = await server.addPerson();
    const somebody = createHttpBrowser(server.issuer);
    await somebody.submit(await somebody.open(`${server.issuer}/forgot-password`), { login });
    await server.settle();
    const mail = smtp.mails.findLast(({ to }) => to === `${login}@acme.test`);
    const link = /^https?:\S+token=\S+$/mu.exec(mail?.parsed.text ?? '')?.[0] ?? assert.fail();
    assert.match(titleOf(await somebody.open(link)), /· Acme$/u);
    const all = await server.addPerson({ role: 'administrator' }, { totp: true });
    const root = memberOf(server, all);
    assert.match(titleOf(await root.open('/admin')), /· Example Sign-in$/u);
    assert.match(titleOf(await root.open('/account')), /· Acme$/u);
  });

  it('is nobody else’s: another organisation’s pages stay as they are', async () => {
    const person = await server.addPerson({ organisation: 'globex' });
    const page = await memberOf(server, person).open('/account');
    assert.match(titleOf(page), /· Example Sign-in$/u);
    assert.equal(logoOf(page), undefined);
    assert.match(page.html, /Example service desk/u);
  });
});

describe('a form that carries a file', () => {
  const post = async (body: BodyInit, headers: Record<string, string> = {}) => {
    const page = await boss.open(APPEARANCE);
    const cookies = [...boss.browser.jar.values()].map(({ name, value }) => `${name}=${value}`);
    return fetch(page.url, {
      method: 'POST',
      body,
      redirect: 'manual',
      headers: { cookie: cookies.join('; '), ...headers },
    });
  };
  const formOf = async (fields: Record<string, string | File>) => {
    const form = new FormData();
    const { html } = await boss.open(APPEARANCE);
    const all = { ...hiddenFields(html.slice(html.indexOf('<main'))), ...fields };
    for (const [name, value] of Object.entries(all)) form.append(name, value);
    return form;
  };

  it('is accepted from our own page alone', async () => {
    const before = await acme();
    const logo = file(png(64, 64));
    assert.equal((await post(await formOf({ logo, csrf: 'x'.repeat(43) }))).status, 403);
    const cross = { 'sec-fetch-site': 'cross-site' };
    assert.equal((await post(await formOf({ logo }), cross)).status, 403);
    assert.equal((await post(new URLSearchParams({ colour: '#000' }))).status, 403);
    const json = { 'content-type': 'application/json' };
    assert.equal((await post('{"colour":{"$ne":null}}', json)).status, 415);
    const form = { 'content-type': 'multipart/form-data; boundary=x' };
    for (const broken of ['', '--x', '--x\r\n\r\n--x--', '--y\r\n', 'x'.repeat(1000)])
      assert.equal((await post(broken, form)).status, 400, broken);
    const unbounded = { 'content-type': 'multipart/form-data' };
    assert.equal((await post('--x', unbounded)).status, 400);
    assert.deepEqual(await acme(), before);
  });

  it('of ten megabytes is refused before it is read, and from nobody at all', async () => {
    const logo = file(Buffer.alloc(10_000_000));
    const large = await post(await formOf({ logo }));
    assert.equal(large.status, 413);
    const nobody = await fetch(`${server.issuer}${APPEARANCE}`, {
      method: 'POST',
      body: await formOf({ logo: file(png(64, 64)) }),
      redirect: 'manual',
    });
    assert.equal(nobody.status, 303);
    assert.match(nobody.headers.get('location') ?? '', /^\/auth\?client_id=latchkey-admin/u);
  });

  it('counts a field that is given twice once, and reads nothing of an operator into one', async () => {
    const form = await formOf({ colour: '#123456' });
    form.append('colour', '#654321');
    form.append('colour[$ne]', '#654321');
    form.append('__proto__', 'x');
    assert.equal((await post(form)).status, 303);
    assert.equal((await acme()).colour, '#123456');
  });

  it('is there again after the second step was asked for, and says that the file isn’t', async () => {
    const page = await boss.open(APPEARANCE);
    server.clock.ahead += 360_000;
    const logo = file(png(64, 64), 'new-logo.png');
    const again = await boss.submit(page, { logo, contact: 'Noor', colour: '#abcdef' });
    assert.equal(again.url.pathname, APPEARANCE);
    assert.match(again.html, /value="Noor"/u);
    assert.match(again.html, /value="#abcdef"/u);
    assert.match(again.html, /Choose “new-logo\.png” once more: a file isn’t kept/u);
    assert.notEqual((await acme()).contact, 'Noor');
  });

  it('is told where somebody else was faster', async () => {
    const page = await boss.open(APPEARANCE);
    await save({ colour: '#0b5c8e' });
    const late = await boss.submit(page, { colour: '#ffffff' });
    assert.equal(late.status, 409);
    assert.equal((await acme()).colour, '#0b5c8e');
  });
});

/** What was mailed there last. */
async function mailTo(address: string) {
  await server.settle();
  return smtp.mails.findLast(({ to }) => to === address) ?? assert.fail(address);
}

async function askForLink(login: string): Promise<void> {
  const somebody = createHttpBrowser(server.issuer);
  await somebody.submit(await somebody.open(`${server.issuer}/forgot-password`), { login });
}

describe('a mail of an organisation', () => {
  it('comes in its name from the one address, with logo, colour and contact', async () => {
    await save({
      logo: file(png(128, 64)),
      colour: '#0b5c8e',
      senderName: 'Acme IT',
      contact: CONTACT,
    });
    // What mails look like is read once in half a second.
    server.clock.ahead += 1000;
    const { login } = await server.addPerson();
    await askForLink(login);
    const { parsed, source } = await mailTo(`${login}@acme.test`);
    assert.deepEqual(parsed.from?.value, [{ name: 'Acme IT', address: 'login@example.org' }]);
    assert.match(parsed.text ?? '', /Your administrator: Mia in IT, it@acme\.test, extension 40/u);
    assert.match(String(parsed.html), /#0b5c8e/u);
    const [logo = assert.fail(), ...more] = parsed.attachments;
    assert.deepEqual(more, []);
    assert.equal(logo.contentType, 'image/png');
    assert.equal(logo.related, true);
    assert.deepEqual(logo.content, Buffer.from(png(128, 64)));
    const html = source.replaceAll(/=\r\n/gu, '');
    assert.match(html, new RegExp(`<img src=3D"cid:${logo.cid}"`, 'u'));
    assert.match(html, /alt=3D"Acme"/u);
  });

  it('of another one comes as the installation has it', async () => {
    const { login } = await server.addPerson({ organisation: 'globex', email: 'g@globex.test' });
    await askForLink(login);
    const { parsed } = await mailTo('g@globex.test');
    assert.deepEqual(parsed.from?.value, [{ name: 'Example IT', address: 'login@example.org' }]);
    assert.deepEqual(parsed.attachments, []);
    assert.match(parsed.text ?? '', /Your administrator: Example service desk/u);
  });

  it('names it where its logo is one that mail programs can’t show', async () => {
    const page = await save({ logo: file(await picture('logo.webp')) });
    assert.match(page.html, /Some mail programs can’t show WebP/u);
    server.clock.ahead += 1000;
    const { login } = await server.addPerson();
    await askForLink(login);
    const { parsed } = await mailTo(`${login}@acme.test`);
    assert.deepEqual(parsed.attachments, []);
    assert.match(parsed.text ?? '', /^Acme\n/u);
  });

  it('with a code is its own too, and no name can add a header', async () => {
    await save({ senderName: 'Acme, IT; "Desk"' }).then(({ status }) => assert.equal(status, 400));
    await save({ senderName: '=?utf-8?q?ceo=40bank.test?= Acme, IT: Desk' });
    server.clock.ahead += 1000;
    const { login } = await server.addPerson({}, { email: true });
    const somebody = createHttpBrowser(server.issuer);
    const asked = await somebody.open(authorize(await server.addClient()).url);
    const page = await somebody.submit(asked, { login, password: PASSWORD });
    const sent = await somebody.submit(page, { go: 'send' });
    assert.match(sent.html, /Acme, IT: Desk &lt;login@example\.org&gt; to your safe senders/u);
    const { parsed, source } = await mailTo(`${login}@home.test`);
    assert.equal(parsed.from?.value.length, 1);
    assert.equal(parsed.from?.value[0]?.address, 'login@example.org');
    assert.doesNotMatch(parsed.from?.text ?? '', /ceo@/u);
    assert.equal(source.match(/^from:/gimu)?.length, 1);
  });
});
