/** WebP (RFC 9649): chunks of a RIFF file, of which those that pixels are made of are kept. */
import { Problem } from '../../problem.ts';
import { checkEnd, damaged, take, type Part, type Size } from './bytes.ts';
import { checkUpright } from './turned.ts';

/** What pixels are in: lossy, or without loss. */
const PIXELS = ['VP8 ', 'VP8L'];
const MOVING = ['ANIM', 'ANMF'];
/** Of the flags of an extended file (§2.7). */
const ANIMATION = 0x02;
const ALPHA = 0x10;

export const isWebp = (content: Buffer): boolean =>
  content.toString('latin1', 0, 4) === 'RIFF' && content.toString('latin1', 8, 12) === 'WEBP';

/** Written anew, with its size. Problems: those of a logo. */
export function readWebp(content: Buffer): Size & { content: Buffer } {
  const chunks = chunksOf(content);
  if (chunks.some(({ name }) => MOVING.includes(name))) throw new Problem('logo-moving');
  const pixels = chunks.filter(({ name }) => PIXELS.includes(name));
  if (pixels.length > 1) throw new Problem('logo-several');
  const [bitstream] = pixels;
  if (!bitstream) throw damaged();
  const size = bitstream.name === 'VP8L' ? losslessSize(bitstream) : lossySize(bitstream);
  const [first] = chunks;
  if (first?.name === 'VP8X') checkCanvas(first, size);
  else if (first !== bitstream || chunks.length > 1) throw damaged();
  for (const { name, content: inside } of chunks) if (name === 'EXIF') checkUpright(exif(inside));
  return { ...size, content: written(chunks, bitstream, size) };
}

/** Some write the head of a JPEG's segment before it. */
function exif(content: Buffer): Buffer {
  return content.indexOf('Exif\0\0', 0, 'latin1') === 0 ? content.subarray(6) : content;
}

function chunksOf(content: Buffer): Part[] {
  const end = 8 + take(content, 4, 4).readUInt32LE();
  if (end > content.length) throw damaged();
  checkEnd(content, end);
  const chunks: Part[] = [];
  for (let at = 12; at < end;) {
    const length = take(content, at + 4, 4).readUInt32LE();
    chunks.push({
      name: take(content, at, 4).toString('latin1'),
      content: take(content, at + 8, length),
    });
    // §2.3: an odd chunk is followed by a byte of zero.
    at += 8 + length + (length % 2);
    if (at > end || (length % 2 === 1 && content[at - 1] !== 0)) throw damaged();
  }
  return chunks;
}

/** RFC 6386 §9.1: a key frame, its start code, fourteen bits for each side. */
function lossySize({ content }: Part): Size {
  const [first = 1] = content;
  if ((first & 1) !== 0 || take(content, 3, 3).toString('hex') !== '9d012a') throw damaged();
  const [width, height] = [take(content, 6, 2), take(content, 8, 2)];
  // A frame that ends before its first partition does.
  if (10 + (content.readUIntLE(0, 3) >> 5) > content.length) throw damaged();
  return { width: width.readUInt16LE() & 0x3f_ff, height: height.readUInt16LE() & 0x3f_ff };
}

/** RFC 9649 §3.4: a signature, fourteen bits for each side less one, whether there is alpha, version 0. */
function losslessSize({ content }: Part): Size {
  const bits = take(content, 1, 4).readUInt32LE();
  if (content[0] !== 0x2f || bits >>> 29 !== 0) throw damaged();
  return { width: (bits & 0x3f_ff) + 1, height: ((bits >>> 14) & 0x3f_ff) + 1 };
}

function checkCanvas({ content }: Part, { width, height }: Size): void {
  if (content.length !== 10) throw damaged();
  if (((content[0] ?? 0) & ANIMATION) !== 0) throw new Problem('logo-moving');
  if (content.readUIntLE(4, 3) + 1 !== width || content.readUIntLE(7, 3) + 1 !== height)
    throw damaged();
}

/** Without loss alpha is in the pixels; a lossy picture has it in a chunk of its own, and is extended for that. */
function written(chunks: readonly Part[], bitstream: Part, size: Size): Buffer {
  const alphas = chunks.filter(({ name }) => name === 'ALPH');
  if (alphas.length > 1 || (alphas[0] && chunks.indexOf(alphas[0]) > chunks.indexOf(bitstream)))
    throw damaged();
  const kept =
    bitstream.name === 'VP8 ' && alphas.length === 1
      ? [extended(size), ...alphas, bitstream]
      : [bitstream];
  const body = Buffer.concat([Buffer.from('WEBP', 'latin1'), ...kept.map(chunk)]);
  return Buffer.concat([Buffer.from('RIFF', 'latin1'), number(body.length), body]);
}

function extended({ width, height }: Size): Part {
  const content = Buffer.alloc(10);
  content.writeUInt8(ALPHA, 0);
  content.writeUIntLE(width - 1, 4, 3);
  content.writeUIntLE(height - 1, 7, 3);
  return { name: 'VP8X', content };
}

function chunk({ name, content }: Part): Buffer {
  const padding = Buffer.alloc(content.length % 2);
  return Buffer.concat([Buffer.from(name, 'latin1'), number(content.length), content, padding]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
