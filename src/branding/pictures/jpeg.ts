/** JPEG (ITU-T T.81): segments, of which those that pixels are made of are kept, and the scans. */
import { Problem } from '../../problem.ts';
import { checkEnd, damaged, take, type Size } from './bytes.ts';
import { checkUpright } from './turned.ts';

/** Table B.1. */
const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP0 = 0xe0;
const APP1 = 0xe1;
const APP2 = 0xe2;
const APP14 = 0xee;
const APP15 = 0xef;
const COM = 0xfe;
/** Baseline, extended and progressive, with Huffman codes: what browsers show. */
const FRAMES: readonly number[] = [0xc0, 0xc1, 0xc2];
/** Quantisation, Huffman codes, restart interval. */
const TABLES: readonly number[] = [0xdb, 0xc4, 0xdd];

/** A progressive picture needs ten; each can cost whoever shows it a walk over all pixels. */
export const MOST_SCANS = 64;

interface Segment {
  marker: number;
  /** Behind the length. */
  content: Buffer;
  /** Marker, length and content, and the scan behind it. */
  whole: Buffer;
}

export const isJpeg = (content: Buffer): boolean =>
  content[0] === 0xff && content[1] === SOI && content[2] === 0xff;

/** Written anew, with its size. Problems: those of a logo. */
export function readJpeg(content: Buffer): Size & { content: Buffer } {
  const segments = segmentsOf(content);
  for (const { marker, content: inside } of segments) checkExtra(marker, inside);
  const kept = segments.filter(isKept);
  const size = sizeIn(kept);
  const ends = [Buffer.from([0xff, SOI]), Buffer.from([0xff, EOI])] as const;
  return { ...size, content: Buffer.concat([ends[0], ...kept.map(({ whole }) => whole), ends[1]]) };
}

function segmentsOf(content: Buffer): Segment[] {
  const segments: Segment[] = [];
  let at = 2;
  for (;;) {
    const { marker, behind } = markerAt(content, at);
    if (marker === EOI) {
      if (content[behind] === 0xff && content[behind + 1] === SOI)
        throw new Problem('logo-several');
      checkEnd(content, behind);
      return segments;
    }
    if (marker === SOI) throw new Problem('logo-several');
    const length = take(content, behind, 2).readUInt16BE();
    const inside = take(content, behind + 2, length - 2);
    at = behind + length;
    if (marker === SOS) at = endOfScan(content, at);
    segments.push({ marker, content: inside, whole: content.subarray(behind - 2, at) });
  }
}

/** §B.1.1.2: any number of bytes FF may stand before one. */
function markerAt(content: Buffer, from: number): { marker: number; behind: number } {
  if (content[from] !== 0xff) throw damaged();
  let at = from;
  while (content[at] === 0xff) at += 1;
  const marker = content[at];
  if (marker === undefined || marker === 0) throw damaged();
  return { marker, behind: at + 1 };
}

/** §B.1.1.5: in a scan FF is followed by 00, or by a restart marker. */
function endOfScan(content: Buffer, from: number): number {
  let at = from;
  for (;;) {
    at = content.indexOf(0xff, at);
    const next = at < 0 ? undefined : content[at + 1];
    if (next === undefined) throw damaged();
    if (next !== 0 && (next < 0xd0 || next > 0xd7)) return at;
    at += 2;
  }
}

/** What is not kept, and what can't be without it. Problem `logo-damaged` for what no picture of a browser has. */
function checkExtra(marker: number, content: Buffer): void {
  if (isKept({ marker, content }) || marker === SOS) return;
  if (marker !== COM && (marker < APP0 || marker > APP15)) throw damaged();
  const begins = (text: string): boolean => content.indexOf(text, 0, 'latin1') === 0;
  // CIPA DC-007 "Multi-Picture Format".
  if (marker === APP2 && begins('MPF\0')) throw new Problem('logo-several');
  if (marker === APP1 && begins('Exif\0\0')) checkUpright(content.subarray(6));
}

/** Adobe's says what the three or four colours are. */
function isKept({ marker, content }: Pick<Segment, 'marker' | 'content'>): boolean {
  if (marker === APP14) return content.length === 12 && content.indexOf('Adobe', 0, 'latin1') === 0;
  return marker === SOS || FRAMES.includes(marker) || TABLES.includes(marker);
}

function sizeIn(segments: readonly Segment[]): Size {
  const at = segments.findIndex(({ marker }) => FRAMES.includes(marker));
  const scans = segments.filter(({ marker }) => marker === SOS);
  const frame = segments[at];
  const before = segments.slice(0, at).some(({ marker }) => marker === SOS);
  const frames = segments.filter(({ marker }) => FRAMES.includes(marker));
  if (!frame || before || scans.length === 0 || scans.length > MOST_SCANS) throw damaged();
  if (frames.length > 1) throw new Problem('logo-several');
  const [precision, , , , , parts = 0] = frame.content;
  if (precision !== 8 || ![1, 3, 4].includes(parts) || frame.content.length !== 6 + 3 * parts)
    throw damaged();
  return { height: frame.content.readUInt16BE(1), width: frame.content.readUInt16BE(3) };
}
