/**
 * examples/webmail/README.md as somebody follows it who knows nothing: its blocks as they are printed, in bash, and
 * what it tells people to do in a browser. Only the folder and the ports are of this run.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { blocksOf } from '../documents/blocks.ts';
import { newPerson, openBrowser } from '../support/browser.ts';
import { freePort } from '../support/free-port.ts';
import { authorize, token } from '../support/relying-party.ts';
import { codeOf } from '../support/server.ts';
import { arrives, compose, PATIENCE, quiet } from './roundcube.ts';

const README = 'examples/webmail/README.md';
const PASSWORD = 'gravel sonnet umbrella';
const STEP = 30_000;

const folder = await mkdtemp(join(tmpdir(), 'latchkey-walk-'));
const port = await freePort(11);
const env = { ...process.env, WEBMAIL_PORT: String(port) };
after(async () => {
  await typed(`[ ! -e ${folder}/ports ] || sh examples/webmail/debian.sh stop ${folder}`);
  await rm(folder, { recursive: true, force: true });
});

/** Of this run. */
const ours = (text: string): string =>
  text
    .replaceAll('/srv/webmail', folder)
    .replaceAll(/\b18000\b|\b18(0\d\d)\b/gu, (_, last?: string) =>
      String(port + Number(last ?? 0)),
    );

/** In bash, in the folder of the clone; what it said. */
async function typed(text: string): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)('bash', ['-ec', ours(text)], { env });
  return stdout + stderr;
}

const button = (page: Page, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).click();

async function signIn(page: Page): Promise<void> {
  await page.getByLabel('Login name').fill('alice');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await button(page, 'Sign in');
}

async function giveCode(page: Page, code: string): Promise<void> {
  await page.getByLabel('Six-digit code').fill(code);
  await page.keyboard.press('Enter');
}

const shown = async (page: Page): Promise<never> =>
  assert.fail(`${page.url()}\n${await page.locator('body').innerText()}`);

/** Up to the inbox, by the authenticator that is set up on the way. */
async function enrol(page: Page): Promise<void> {
  await signIn(page);
  await button(page, 'Begin setup');
  await button(page, 'Next');
  const secret = (await page.locator('#secret').innerText()).replaceAll(/\s/gu, '');
  await button(page, 'Next');
  const used = Date.now();
  await giveCode(page, codeOf(secret, used));
  await page.getByLabel('I have saved them').check();
  await button(page, 'Finish');
  await signIn(page);
  // The next one, which is heard a step early.
  await giveCode(page, codeOf(secret, Math.max(Date.now(), used + STEP)));
  await page.waitForURL(/_task=mail/u);
  await quiet(page);
  assert.match(await page.title(), /Inbox/u);
}

async function applicationCode(page: Page): Promise<string> {
  await page.goto(ours('http://localhost:18000/account/passcodes'));
  await page.getByRole('link', { name: 'Add application code' }).first().click();
  await page.getByLabel('Name').fill('Phone');
  for (const what of ['Read mail (IMAP)', 'Send mail (SMTP)']) await page.getByLabel(what).check();
  await button(page, 'Create code');
  return (await page.locator('#passcode code').allInnerTexts()).join(' ');
}

/** An access token of another app, which the same person has signed in to. */
async function foreignToken(page: Page): Promise<string> {
  const redirectUri = ours('http://localhost:18010/callback');
  const said = await typed(
    `sh examples/webmail/debian.sh latchkey /srv/webmail client add Wiki --id wiki --redirect-uri ${redirectUri} --org acme`,
  );
  const clientSecret = /client_secret:\s+(\S+)/u.exec(said)?.[1] ?? assert.fail(said);
  const issuer = ours('http://localhost:18000');
  const wiki = { issuer, clientId: 'wiki', clientSecret, redirectUri };
  const { url, verifier } = authorize(wiki);
  const called = page.waitForRequest((request) => request.url().startsWith(redirectUri));
  // Whoever listens there knows no such page.
  await page.goto(url.href).catch(() => {});
  const code = new URL((await called.catch(() => shown(page))).url()).searchParams.get('code');
  if (!code) return shown(page);
  const grant = { grant_type: 'authorization_code', redirect_uri: redirectUri };
  const { body } = await token(wiki, { ...grant, code, code_verifier: verifier });
  return body['access_token'] ?? assert.fail(JSON.stringify(body));
}

it(`${README} leads to the inbox, to a mail program, and to nothing that is left`, async () => {
  const blocks = blocksOf(README, await readFile(README, 'utf8')).filter(
    ({ notRun }) => notRun === undefined,
  );
  assert.equal(blocks.length, 5);
  const [setUp, add, byCode, refused, stop] = blocks.map(({ text }) => text);
  const chromium = await openBrowser();
  try {
    await typed(setUp ?? '');
    const link = /http\S+\/set-password\S+/u.exec(await typed(add ?? ''))?.[0] ?? assert.fail();
    const { page } = await newPerson(chromium);
    page.setDefaultTimeout(PATIENCE);
    await page.goto(link);
    await page.getByLabel('New password').fill(PASSWORD);
    await page.getByLabel('Repeat the password').fill(PASSWORD);
    await button(page, 'Set password');
    await page.getByRole('heading', { name: 'Your password is set' }).waitFor();
    const url = ours('http://localhost:18001');
    await page.goto(url);
    await enrol(page);
    await compose(page, url, 'alice@example.test', 'To myself');
    await arrives(page, url, 'To myself');
    const letters = await applicationCode(page);
    assert.match(
      await typed((byCode ?? '').replace('ABCD EFGH IJKL MNOP', letters)),
      /INBOX|LIST/u,
    );
    await typed(
      (refused ?? '').replace('PASSWORD', PASSWORD).replace('TOKEN', await foreignToken(page)),
    );
  } finally {
    await chromium.close();
  }
  await typed(stop ?? '');
  await assert.rejects(readFile(join(folder, 'ports')));
});
