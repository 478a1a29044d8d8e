/** Passkeys on the account page: added after a proof of what there is, named, removed, and added again. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { getPerson } from '../../src/records/person.ts';
import { assertAt, memberOf, saidOn, type Member } from '../support/account.ts';
import { unescapeHtml, type HtmlPage } from '../support/http-browser.ts';
import { PASSWORD, startTestServer, type TestServer } from '../support/server.ts';
import { stepOf } from '../support/sign-in.ts';
import { softwarePasskey, type SoftwarePasskey } from '../support/software-authenticator.ts';

const TWO_STEP = '/account/two-step';

let server: TestServer;
before(async () => (server = await startTestServer()));
after(() => server.stop());

function ceremonyOn({ html }: HtmlPage) {
  const options = /data-options="([^"]*)"/u.exec(html)?.[1];
  assert.ok(options !== undefined, html);
  const { challenge } = JSON.parse(unescapeHtml(options)) as { challenge: string };
  return { challenge, origin: server.issuer, synced: true };
}

/** Signs in with the password and the passkey, from the page that asks for the password. */
async function withPasskey(
  member: Member,
  page: HtmlPage,
  key: SoftwarePasskey,
): Promise<HtmlPage> {
  const { browser, person } = member;
  const next = await browser.submit(page, { login: person.login, password: PASSWORD });
  const uid = next.url.pathname.split('/')[2] ?? '';
  const box = await browser.open(new URL(`/interaction/${uid}/passkey`, server.issuer));
  return browser.submit(box, { go: 'submit', response: key.authenticate(ceremonyOn(box)) });
}

/** From the wizard to the page that it came from. */
async function add(member: Member, key: SoftwarePasskey, name: string): Promise<HtmlPage> {
  const wizard = await member.open(`${TWO_STEP}/set-up/passkey`);
  assert.equal(stepOf(wizard), 'passkey-enrol', wizard.html);
  const response = key.register(ceremonyOn(wizard));
  const done = await member.browser.submit(wizard, { name, response });
  assert.equal(stepOf(done), 'enrolled', done.html);
  return withPasskey(member, await member.browser.submit(done, { go: 'finish' }), key);
}

const stored = async ({ person }: Member) => {
  const found = await getPerson(server.store, person.person.id);
  assert.ok(found);
  return found;
};

describe('passkeys on the account page', () => {
  it('one is added beside the authenticator, named, and removed, and may come back', async () => {
    const member = memberOf(server, await server.addPerson({}, { totp: true }));
    await member.open(TWO_STEP);
    const key = softwarePasskey(randomBytes(16).toString('base64url'));
    const list = await add(member, key, 'Laptop');
    assertAt(list, TWO_STEP);
    assert.match(list.html, /Laptop/u);

    const path = /href="([^"]*\/passkeys\/[^"/]+)"/u.exec(list.html)?.[1] ?? '';
    const renamed = await member.submit(await member.open(path), { name: 'Old laptop' });
    assertAt(renamed, TWO_STEP);
    assert.equal((await stored(member)).passkeys[0]?.name, 'Old laptop');
    const gone = await member.submit(await member.open(`${path}/remove`));
    assertAt(gone, TWO_STEP);
    assert.match(saidOn(gone), /Removed\./u);
    assert.deepEqual((await stored(member)).passkeys, []);
    assertAt(await add(member, key, 'Laptop again'), TWO_STEP);
    assert.equal((await stored(member)).passkeys.length, 1);
  });

  it('a code does not remove a passkey: the strongest factor is asked for', async () => {
    const member = memberOf(server, await server.addPerson({}, { totp: true }));
    await member.open(TWO_STEP);
    const key = softwarePasskey(randomBytes(16).toString('base64url'));
    const list = await add(member, key, 'Laptop');
    const path = /href="([^"]*\/passkeys\/[^"/]+)"/u.exec(list.html)?.[1] ?? '';
    server.clock.ahead += 301_000;
    const { browser, person } = member;
    const asked = await browser.open(`${server.issuer}${path}/remove`);
    const next = await browser.submit(asked, { login: person.login, password: PASSWORD });
    assert.equal(stepOf(next), 'passkey');
    const uid = next.url.pathname.split('/')[2] ?? '';
    const totp = await browser.open(new URL(`/interaction/${uid}/totp`, server.issuer));
    assert.equal(stepOf(totp), 'passkey', 'no other way is due');
    const theirs = await memberOf(server, await server.addPerson({}, { totp: true })).open(path);
    assert.equal(theirs.status, 404);
  });
});
