/** A logo is looked at before anything starts: what it is, not what it is called. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import QRCode from 'qrcode';
import { LARGEST_LOGO, readLogo } from '../../src/branding/logo.ts';
import { ConfigError } from '../../src/config/faults.ts';

const drawing = (width: number, height: number): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}"><rect width="9" height="9"/></svg>`;

describe('a logo', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-logo-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const read = async (content: string | Buffer, name = 'logo.png') => {
    await writeFile(join(folder, name), content);
    return readLogo(join(folder, name));
  };
  const refused = (reading: Promise<unknown>, why: RegExp) =>
    assert.rejects(reading, (error) => {
      assert.ok(error instanceof ConfigError);
      const [fault] = error.faults;
      assert.equal(fault?.path, 'branding.logo');
      assert.match(fault?.message ?? '', why);
      assert.match(fault?.allowed ?? '', /SVG, PNG, JPEG or WebP of at most 48 KiB/u);
      return true;
    });

  it('is known by its content, with its size', async () => {
    const png = await QRCode.toBuffer('a', { width: 120 });
    const { content, ...known } = await read(png, 'logo.svg');
    assert.deepEqual(known, { type: 'png', width: 120, height: 120 });
    assert.deepEqual(content, png);
    const { type, width, height } = await read(drawing(300, 60));
    assert.deepEqual([type, width, height], ['svg', 300, 60]);
  });

  it('that can’t be used is refused, with what can', async () => {
    await refused(readLogo(join(folder, 'nowhere.svg')), /cannot be read: there is no such file/u);
    await refused(readLogo(folder), /cannot be read: it is a folder/u);
    await refused(read('<p>no picture</p>'), /no picture that can be recognised/u);
    await refused(read(''), /no picture that can be recognised/u);
    await refused(read(Buffer.from('GIF89a\x0a\x00\x0a\x00')), /of another type: gif/u);
    await refused(read(drawing(1100, 100)), /is 1100 × 100 pixels/u);
    await refused(read(drawing(100, 201)), /is 100 × 201 pixels/u);
    await refused(read(drawing(4097, 4097)), /is 4097 × 4097 pixels/u);
    await refused(read(drawing(9, 9) + ' '.repeat(LARGEST_LOGO)), /has 49 KiB/u);
  });
});
