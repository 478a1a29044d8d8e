/**
 * Makes the icons that can't be drawings out of views/assets/icon.svg, beside it: favicon.ico (32 and 16 pixels)
 * and apple-touch-icon.png (180, without round corners: the phone cuts them). `node bin/run.js test/support/make-icons.ts`.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openBrowser } from './browser.ts';

const ASSETS = fileURLToPath(new URL('../../views/assets/', import.meta.url));
const drawing = await readFile(`${ASSETS}icon.svg`, 'utf8');
const browser = await openBrowser();
const page = await browser.newPage();

async function drawn(svg: string, size: number): Promise<Buffer> {
  await page.setViewportSize({ width: size, height: size });
  const sized = svg.replace(
    '<svg ',
    `<svg width="${size}" height="${size}" style="display:block" `,
  );
  await page.setContent(`<body style="margin:0;background:transparent">${sized}`);
  return page.screenshot({ omitBackground: true });
}

/** ICO with PNG inside: a directory of 16 bytes for each picture, then the pictures. */
function icoOf(pictures: readonly { size: number; png: Buffer }[]): Buffer {
  const head = Buffer.alloc(6 + 16 * pictures.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(pictures.length, 4);
  let offset = head.length;
  for (const [at, { size, png }] of pictures.entries()) {
    const entry = 6 + 16 * at;
    head.writeUInt8(size, entry);
    head.writeUInt8(size, entry + 1);
    head.writeUInt16LE(1, entry + 4);
    head.writeUInt16LE(32, entry + 6);
    head.writeUInt32LE(png.length, entry + 8);
    head.writeUInt32LE(offset, entry + 12);
    offset += png.length;
  }
  return Buffer.concat([head, ...pictures.map(({ png }) => png)]);
}

const sizes = [32, 16];
const pictures = [];
for (const size of sizes) pictures.push({ size, png: await drawn(drawing, size) });
await writeFile(`${ASSETS}favicon.ico`, icoOf(pictures));
const square = await drawn(drawing.replace(' rx="8"', ''), 180);
await writeFile(`${ASSETS}apple-touch-icon.png`, square);
await browser.close();
