/** A picture that is sent: only its pixels stay, and whatever isn't one picture alone is refused with the reason. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateSync, inflateSync } from 'node:zlib';
import { LARGEST_PICTURE, readPicture } from '../../src/branding/pictures/picture.ts';
import { MOST_SCANS } from '../../src/branding/pictures/jpeg.ts';
import { Problem } from '../../src/problem.ts';
import {
  chunk,
  header,
  picture,
  png,
  pngOf,
  refusedPictures,
  SIGNATURE,
} from './sample-pictures.ts';

const refused = (content: Buffer, code: string, what = code) =>
  assert.throws(
    () => readPicture(content),
    (error) => error instanceof Problem && error.code === code,
    what,
  );
const holds = (content: Buffer, text: string): boolean => content.includes(Buffer.from(text));

const SAMPLES = [
  ['logo.png', 'png'],
  ['logo.jpg', 'jpg'],
  ['progressive.jpg', 'jpg'],
  ['cmyk.jpg', 'jpg'],
  ['logo.webp', 'webp'],
  ['alpha.webp', 'webp'],
  ['lossless.webp', 'webp'],
] as const;

describe('a picture that is sent', () => {
  it('is known by its first bytes, with its size', async () => {
    for (const [name, type] of SAMPLES) {
      const { content, ...known } = readPicture(await picture(name));
      assert.deepEqual(known, { type, width: 48, height: 24 }, name);
      // What was written is what would be written of it.
      assert.deepEqual(readPicture(content).content, content, name);
    }
  });

  it('is written anew without anything but its pixels', async () => {
    for (const [name] of SAMPLES) {
      const sent = await picture(name);
      const { content } = readPicture(sent);
      assert.ok(content.length <= sent.length, name);
      for (const text of ['script', 'Exif', 'EXIF', 'tEXt', 'JFIF', 'ICC'])
        assert.ok(!holds(content, text), `${name}: ${text}`);
    }
    assert.ok(holds(await picture('logo.png'), '<script>'));
    assert.ok(holds(await picture('logo.jpg'), '<script>'));
    assert.ok(holds(await picture('alpha.webp'), 'EXIF'));
  });

  it('keeps every pixel', async () => {
    const sent = await picture('logo.png');
    const { content } = readPicture(sent);
    for (const name of ['IHDR', 'PLTE', 'IDAT'])
      assert.deepEqual(chunkOf(content, name), chunkOf(sent, name));
    inflateSync(chunkOf(content, 'IDAT'));
    const jpg = await picture('logo.jpg');
    const scan = jpg.subarray(jpg.indexOf(Buffer.from([0xff, 0xda])));
    assert.ok(readPicture(jpg).content.includes(scan));
    const alpha = readPicture(await picture('alpha.webp')).content;
    assert.ok(holds(alpha, 'ALPH') && holds(alpha, 'VP8X'));
    assert.ok(!holds(readPicture(await picture('lossless.webp')).content, 'VP8X'));
  });

  it('is refused with the reason where it is not one picture alone', async () => {
    for (const [what, code, content] of await refusedPictures()) refused(content, code, what);
  });

  it('has its bounds where they are said to be', () => {
    assert.equal(readPicture(png(1024, 1024)).width, 1024);
    assert.equal(readPicture(pngOf(LARGEST_PICTURE)).height, 64);
    refused(pngOf(LARGEST_PICTURE + 1), 'logo-large');
    refused(png(1024, 1025), 'logo-size');
    assert.equal(readPicture(png(400, 40)).width, 400);
    refused(png(401, 40), 'logo-slim');
    refused(png(20, 41), 'logo-slim');
    refused(png(0, 0), 'logo-damaged');
  });

  it('is refused wherever it is cut', async () => {
    for (const [name] of SAMPLES) {
      const sent = await picture(name);
      for (let length = 0; length < sent.length; length += 1)
        assert.throws(() => readPicture(sent.subarray(0, length)), Problem, `${name}: ${length}`);
    }
  });

  it('is never anything but refused or shown, whatever byte of it is changed', async () => {
    for (const [name] of SAMPLES) {
      const sent = await picture(name);
      for (let at = 0; at < sent.length; at += 1) {
        const changed = Buffer.from(sent);
        changed[at] = (changed[at] ?? 0) ^ 0xff;
        try {
          const { content } = readPicture(changed);
          assert.deepEqual(readPicture(content).content, content);
        } catch (error) {
          assert.ok(error instanceof Problem, `${name}: ${at}: ${String(error)}`);
        }
      }
    }
  });
});

describe('a PNG', () => {
  const pixels = chunk('IDAT', deflateSync(Buffer.alloc(1024)));
  const of = (...chunks: Buffer[]): Buffer => Buffer.concat([SIGNATURE, ...chunks]);
  const [head, end] = [header(64, 64), chunk('IEND')];

  it('has its chunks in their order, each with its checksum', () => {
    readPicture(of(head, pixels, pixels, end));
    refused(of(pixels, head, end), 'logo-damaged');
    refused(of(head, end), 'logo-damaged');
    refused(of(head, head, pixels, end), 'logo-damaged');
    refused(of(head, pixels, chunk('PLTE'), end), 'logo-damaged');
    refused(of(head, pixels, chunk('NEWS'), end), 'logo-damaged');
    refused(of(head, chunk('\0\0\0\0'), pixels, end), 'logo-damaged');
    const sums = of(head, pixels, end);
    sums[sums.length - 1] = 0;
    refused(sums, 'logo-damaged');
  });

  it('is of a kind that there is', () => {
    for (const kind of [
      [16, 6],
      [8, 3],
      [4, 0],
    ])
      readPicture(of(header(64, 64, kind), pixels, end));
    for (const kind of [
      [3, 0],
      [4, 2],
      [16, 3],
      [8, 1],
      [8, 7],
    ])
      refused(of(header(64, 64, kind), pixels, end), 'logo-damaged');
  });

  it('that says a length beyond its end is followed nowhere', () => {
    const long = of(head, pixels, end);
    long.writeUInt32BE(0xff_ff_ff_ff, 33);
    refused(long, 'logo-damaged');
  });
});

describe('a JPEG', () => {
  it('of more scans than pictures need is refused: each is work for whoever shows it', async () => {
    const sent = await picture('progressive.jpg');
    const from = sent.indexOf(Buffer.from([0xff, 0xda]));
    const scan = Buffer.from('ffda0008010100003f0000', 'hex');
    const many = Array.from({ length: MOST_SCANS + 1 }, () => scan);
    const long = Buffer.concat([sent.subarray(0, from), ...many, sent.subarray(-2)]);
    refused(long, 'logo-damaged');
  });

  it('with a second frame, or of a kind that browsers don’t show, is refused', async () => {
    const sent = await picture('logo.jpg');
    const at = sent.indexOf(Buffer.from([0xff, 0xc0]));
    const frame = sent.subarray(at, at + 2 + sent.readUInt16BE(at + 2));
    refused(Buffer.concat([sent.subarray(0, at), frame, sent.subarray(at)]), 'logo-several');
    const arithmetic = Buffer.from(sent);
    arithmetic[at + 1] = 0xc9;
    refused(arithmetic, 'logo-damaged');
    const deep = Buffer.from(sent);
    deep[at + 4] = 12;
    refused(deep, 'logo-damaged');
  });

  it('with another picture inside a segment loses it', async () => {
    const sent = await picture('logo.jpg');
    const hidden = Buffer.concat([Buffer.from('ffe3', 'hex'), Buffer.from([0, 2 + 300]), sent]);
    hidden.writeUInt16BE(2 + 300, 2);
    const segment = hidden.subarray(0, 4 + 300);
    const both = Buffer.concat([sent.subarray(0, 2), segment, sent.subarray(2)]);
    assert.deepEqual(readPicture(both).content, readPicture(sent).content);
  });
});

function chunkOf(content: Buffer, name: string): Buffer {
  const at = content.indexOf(name, 0, 'latin1');
  return content.subarray(at + 4, at + 4 + content.readUInt32BE(at - 4));
}
