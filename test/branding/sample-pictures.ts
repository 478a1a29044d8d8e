/** Pictures that programs made, and files that are none, or more than one. */
import { readFile } from 'node:fs/promises';
import { crc32, deflateSync } from 'node:zlib';

/** A file of test/branding/pictures. */
export const picture = (name: string): Promise<Buffer> =>
  readFile(new URL(`pictures/${name}`, import.meta.url));

export function chunk(name: string, content: Buffer = Buffer.alloc(0)): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), content]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

export const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

export function header(
  width: number,
  height: number,
  [depth, colour]: readonly number[] = [1, 0],
): Buffer {
  const content = Buffer.alloc(13);
  content.writeUInt32BE(width, 0);
  content.writeUInt32BE(height, 4);
  content.set([depth ?? 1, colour ?? 0], 8);
  return chunk('IHDR', content);
}

/** Black; `more`: between header and pixels. */
export function png(width: number, height: number, ...more: Buffer[]): Buffer {
  const rows = Buffer.alloc(height * (1 + Math.ceil(width / 8)));
  const pixels = chunk('IDAT', deflateSync(rows));
  return Buffer.concat([SIGNATURE, header(width, height), ...more, pixels, chunk('IEND')]);
}

/** Of so many bytes exactly. */
export function pngOf(bytes: number): Buffer {
  const filler = bytes - png(64, 64).length - 12;
  return png(64, 64, chunk('teXt', Buffer.alloc(filler)));
}

const SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';

/** Everything that is no logo, with the code that it is refused with. */
export async function refusedPictures(): Promise<[what: string, code: string, content: Buffer][]> {
  const [jpg, webp] = [await picture('logo.jpg'), await picture('logo.webp')];
  const html = Buffer.from('<html><script>alert(1)</script></html>');
  const good = png(64, 32);
  return [
    ['an empty file', 'logo-type', Buffer.alloc(0)],
    ['a text', 'logo-type', Buffer.from('hello')],
    ['an SVG', 'logo-drawing', Buffer.from(SVG)],
    ['an SVG with a byte order mark', 'logo-drawing', Buffer.from(`\u{FEFF}<?xml ?>${SVG}`)],
    ['an SVG in UTF-16', 'logo-drawing', Buffer.from(`\u{FEFF}${SVG}`, 'utf16le')],
    ['a page of HTML', 'logo-drawing', html],
    ['a GIF', 'logo-type', await picture('logo.gif')],
    ['a BMP', 'logo-type', await picture('logo.bmp')],
    ['an ICO', 'logo-type', await picture('logo.ico')],
    ['a PNG and HTML', 'logo-trailing', Buffer.concat([good, html])],
    ['a PNG and a ZIP', 'logo-trailing', Buffer.concat([good, Buffer.from('PK\u{3}\u{4}')])],
    ['two PNGs', 'logo-trailing', Buffer.concat([good, good])],
    ['a JPEG and HTML', 'logo-trailing', Buffer.concat([jpg, html])],
    ['a WebP and HTML', 'logo-trailing', Buffer.concat([webp, html])],
    ['two JPEGs', 'logo-several', Buffer.concat([jpg, jpg])],
    ['a JPEG of several pictures', 'logo-several', await picture('several.jpg')],
    ['an animated PNG', 'logo-moving', await picture('moving.png')],
    ['an animated WebP', 'logo-moving', await picture('moving.webp')],
    ['a JPEG on its side', 'logo-turned', await picture('turned.jpg')],
    ['a PNG that ends early', 'logo-damaged', good.subarray(0, -5)],
    ['a JPEG that ends early', 'logo-damaged', jpg.subarray(0, -5)],
    ['a WebP that ends early', 'logo-damaged', webp.subarray(0, -5)],
    ['1025 pixels', 'logo-size', png(1025, 600)],
    ['a bomb', 'logo-size', Buffer.concat([SIGNATURE, header(60_000, 60_000), good.subarray(33)])],
    ['33 KiB', 'logo-large', pngOf(33 * 1024)],
    ['a line', 'logo-slim', png(400, 20)],
  ];
}
