/** PNG (ISO/IEC 15948, W3C PNG 3): chunks, of which those that pixels are made of are kept. */
import { Problem } from '../../problem.ts';
import { checkEnd, damaged, take, type Part, type Size } from './bytes.ts';
import { checkUpright } from './turned.ts';

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
/** Name, content, checksum. */
const AROUND = 12;

/** §11.2 and §11.3.2. Colour profiles are not among them: without one a picture is in sRGB. */
const KEPT = ['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND'];
/** §4.6 "Animation". */
const MOVING = ['acTL', 'fcTL', 'fdAT'];
/** Bits by the kind of colour (§11.2.2). */
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

export const isPng = (content: Buffer): boolean => content.indexOf(SIGNATURE) === 0;

/** Written anew, with its size. Problems: those of a logo. */
export function readPng(content: Buffer): Size & { content: Buffer } {
  const chunks = chunksOf(content);
  const names = chunks.map(({ name }) => name);
  if (names.some((name) => MOVING.includes(name))) throw new Problem('logo-moving');
  const size = sizeIn(chunks[0]);
  checkOrder(names.filter((name) => KEPT.includes(name)));
  if (names.some(isUnknown)) throw damaged();
  for (const chunk of chunks) if (chunk.name === 'eXIf') checkUpright(chunk.content);
  const kept = chunks.filter(({ name }) => KEPT.includes(name));
  return { ...size, content: Buffer.concat([SIGNATURE, ...kept.map(written)]) };
}

function chunksOf(content: Buffer): Part[] {
  const chunks: Part[] = [];
  let at = SIGNATURE.length;
  while (chunks.at(-1)?.name !== 'IEND') {
    const length = take(content, at, 4).readUInt32BE();
    const name = take(content, at + 4, 4).toString('latin1');
    const inside = take(content, at + 8, length);
    const sum = take(content, at + 8 + length, 4).readUInt32BE();
    if (sum !== checksum(content.subarray(at + 4, at + 8 + length))) throw damaged();
    chunks.push({ name, content: inside });
    at += length + AROUND;
  }
  checkEnd(content, at);
  return chunks;
}

/** §5.6: the header, one palette, what of it is transparent, the pixels in one row, the end. */
function checkOrder(names: readonly string[]): void {
  if (!/^IHDR (?:PLTE )?(?:tRNS )?(?:IDAT )+IEND$/u.test(names.join(' '))) throw damaged();
}

/** §5.4: whoever doesn't know a chunk whose name begins with a capital can't show the picture. */
function isUnknown(name: string): boolean {
  return !KEPT.includes(name) && !/^[a-z][A-Za-z]{3}$/u.test(name);
}

function sizeIn(header: Part | undefined): Size {
  if (header?.name !== 'IHDR' || header.content.length !== 13) throw damaged();
  const [depth = 0, colour = 0, compression, filter, interlace = 0] = header.content.subarray(8);
  const isKnown = DEPTHS[colour]?.includes(depth) && compression === 0 && filter === 0;
  if (!isKnown || interlace > 1) throw damaged();
  return { width: header.content.readUInt32BE(0), height: header.content.readUInt32BE(4) };
}

function written({ name, content }: Part): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), content]);
  const around = Buffer.alloc(8);
  around.writeUInt32BE(content.length, 0);
  around.writeUInt32BE(checksum(named), 4);
  return Buffer.concat([around.subarray(0, 4), named, around.subarray(4)]);
}

/** Annex D. */
const TABLE = Uint32Array.from({ length: 256 }, (_, start) => {
  let value = start;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xed_b8_83_20 ^ (value >>> 1) : value >>> 1;
  return value;
});

function checksum(content: Buffer): number {
  let sum = 0xff_ff_ff_ff;
  for (const byte of content) sum = (TABLE[(sum ^ byte) & 0xff] ?? 0) ^ (sum >>> 8);
  return (sum ^ 0xff_ff_ff_ff) >>> 0;
}
