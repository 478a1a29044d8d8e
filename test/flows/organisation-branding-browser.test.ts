/** An administrator gives their organisation a face, in a real browser; then somebody of it signs in. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { PICTURE_TYPES, readPicture } from '../../src/branding/pictures/picture.ts';
import { accessibilityProblems } from '../support/accessibility.ts';
import { AccountSeat, SEATS } from '../support/account-seat.ts';
import { byOperator } from '../support/by-operator.ts';
import { newPerson, openBrowser } from '../support/browser.ts';
import { authorize } from '../support/relying-party.ts';
import { PASSWORD, startTestServer, type TestServer } from '../support/server.ts';
import { picture } from '../branding/sample-pictures.ts';

let server: TestServer;
let browser: Browser;
before(async () => {
  server = await startTestServer({ LATCHKEY_MAIL_SMTP_URL: 'smtp://127.0.0.1:9' });
  browser = await openBrowser();
});
after(async () => {
  await browser.close();
  await server.stop();
});

/** Drawn by the browser itself. */
async function drawn(page: Page, type: string): Promise<Buffer> {
  const url = await page.evaluate((as) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 300, height: 90 });
    const context = canvas.getContext('2d');
    if (!context) throw new Error('no canvas');
    const ground = context.createLinearGradient(0, 0, 300, 90);
    ground.addColorStop(0, '#0b5c8e');
    ground.addColorStop(1, '#f0a000');
    context.fillStyle = ground;
    context.fillRect(0, 0, 300, 90);
    return canvas.toDataURL(as, 0.6);
  }, type);
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}

const isShown = (page: Page): Promise<boolean> =>
  page
    .locator('img.logo')
    .first()
    .evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth > 0);

describe('a picture that was written anew', () => {
  it('is the same to a browser, pixel by pixel', async () => {
    const { page, close } = await newPerson(browser);
    await page.goto(`${server.issuer}/`);
    const pixels = (url: string): Promise<number[]> =>
      page.evaluate(async (source) => {
        const image = new Image();
        image.src = source;
        await image.decode();
        const { naturalWidth: width, naturalHeight: height } = image;
        const context = Object.assign(document.createElement('canvas'), {
          width,
          height,
        }).getContext('2d');
        if (!context) throw new Error('no canvas');
        context.drawImage(image, 0, 0);
        return [width, height, ...context.getImageData(0, 0, width, height).data];
      }, url);
    const urlOf = (content: Buffer, type: string): string =>
      `data:image/${type === 'jpg' ? 'jpeg' : type};base64,${content.toString('base64')}`;
    const sent: Buffer[] = [];
    for (const type of PICTURE_TYPES)
      sent.push(await drawn(page, `image/${type === 'jpg' ? 'jpeg' : type}`));
    for (const name of ['logo.png', 'logo.jpg', 'progressive.jpg', 'alpha.webp', 'lossless.webp'])
      sent.push(await picture(name));
    for (const content of sent) {
      const read = readPicture(content);
      const [before, after] = [urlOf(content, read.type), urlOf(read.content, read.type)];
      assert.deepEqual(await pixels(after), await pixels(before), read.type);
    }
    await close();
  });
});

describe('whoever looks after an organisation', () => {
  for (const [where, options] of SEATS)
    it(`gives it a logo, a colour, a contact and a sender name, ${where}`, async () => {
      const id = options.javaScriptEnabled === false ? 'plain' : 'scripted';
      const name = id === 'plain' ? 'Plain Ltd' : 'Scripted Ltd';
      await byOperator(server).addOrganisation({ id, name, mfa: 'optional' });
      // What looks is a script itself.
      const isAccessible = async (page: Page): Promise<void> => {
        if (id === 'scripted') assert.deepEqual(await accessibilityProblems(page), []);
      };
      const own = { organisation: id, role: 'organisation-administrator' } as const;
      const boss = await server.addPerson(own, { totp: true });
      const member = await server.addPerson({ organisation: id });
      const seat = await AccountSeat.take(browser, server, options);
      const { page, problems } = seat.person;
      await seat.enter(boss, `/admin/organisations/${id}`);
      await seat.heading(name);
      await seat.open(`/admin/organisations/${id}/appearance`);
      await seat.heading('Appearance');
      const svg = { name: 'logo.svg', mimeType: 'image/svg+xml', buffer: Buffer.from('<svg/>') };
      await page.getByLabel('Logo', { exact: true }).setInputFiles(svg);
      await page.getByLabel('Contact').fill('IT, it@plain.test');
      await seat.press('Save');
      await seat.sees('SVG and HTML can carry programs');
      await isAccessible(page);
      problems.length = 0;

      const png = { name: 'logo.png', mimeType: 'image/png', buffer: await picture('logo.png') };
      await page.getByLabel('Logo', { exact: true }).setInputFiles(png);
      await page.getByLabel('Colour').fill('#ffcc00');
      await page.getByLabel('Sender name').fill('Plain IT');
      await seat.press('Try it out');
      await seat.sees('Nothing has been saved yet');
      await seat.sees('Choose “logo.png” once more');
      const filled = page.locator('.look.light .filled').first();
      const ground = await filled.evaluate((one) => getComputedStyle(one).backgroundColor);
      assert.equal(ground, 'rgb(255, 204, 0)');
      await isAccessible(page);

      await page.getByLabel('Logo', { exact: true }).setInputFiles(png);
      await seat.press('Save');
      await seat.sees(`The appearance of ${name} has been saved.`);
      assert.ok(await isShown(page));
      assert.match(await page.title(), new RegExp(`· ${name}$`, 'u'));
      await isAccessible(page);
      await seat.follow('Remove the logo');
      await seat.press('Yes, remove');
      await seat.sees(`The logo of ${name} has been removed.`);
      await seat.follow('Bring it back');
      await seat.press('Yes, bring it back');
      await seat.sees(`The appearance of ${name} has been saved.`);
      assert.deepEqual(problems, []);
      await seat.close();

      // Before anybody is known it is as of the last half second.
      server.clock.ahead += 1000;
      const guest = await newPerson(browser, options);
      await guest.page.goto(authorize(await server.addClient({ organisations: [id] })).url.href);
      assert.ok(await isShown(guest.page));
      const button = guest.page.locator('.primary').first();
      const colour = await button.evaluate((one) => getComputedStyle(one).backgroundColor);
      assert.equal(colour, 'rgb(255, 204, 0)');
      await guest.page.getByText('IT, it@plain.test').waitFor();
      await guest.page.getByLabel('Login name').fill(member.login);
      await guest.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
      await isAccessible(guest.page);
      assert.deepEqual(guest.problems, []);
      await guest.close();
    });

  it('reads it in Chinese', async () => {
    const boss = await server.addPerson({ role: 'organisation-administrator' }, { totp: true });
    const seat = await AccountSeat.take(browser, server, { locale: 'zh-TW' });
    const { page, problems } = seat.person;
    await seat.open('/admin/organisations/acme/appearance');
    await page.getByLabel('登入名稱').fill(boss.login);
    await page.getByLabel('密碼', { exact: true }).fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.locator('input[name=code]').fill(seat.nextCode(boss));
    await page.keyboard.press('Enter');
    await seat.heading('外觀');
    const bmp = { name: 'logo.bmp', mimeType: 'image/bmp', buffer: await picture('logo.bmp') };
    await page.getByLabel('標誌', { exact: true }).setInputFiles(bmp);
    await page.getByRole('button', { name: '儲存', exact: true }).click();
    await seat.sees('檔案不是 PNG、JPEG 或 WebP 圖片。');
    await seat.sees('請再次選擇「logo.bmp」');
    assert.deepEqual(await accessibilityProblems(page), []);
    problems.length = 0;
    await page.getByLabel('顏色').fill('#101010');
    await page.getByRole('button', { name: '儲存', exact: true }).click();
    await seat.sees('在深色頁面上，這個顏色的文字難以閱讀');
    assert.deepEqual(problems, []);
    await seat.close();
  });
});
