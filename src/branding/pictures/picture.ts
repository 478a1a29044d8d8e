/**
 * A logo that somebody sends: what it is by its first bytes, looked at and written anew without what no pixel
 * needs. This folder owns that. Nothing is decoded: no library that shows pictures runs here, and what a
 * picture says of its size is compared before any browser makes room for it.
 */
import { Problem } from '../../problem.ts';
import type { Size } from './bytes.ts';
import { isJpeg, readJpeg } from './jpeg.ts';
import { isPng, readPng } from './png.ts';
import { isWebp, readWebp } from './webp.ts';

export const PICTURE_TYPES = ['png', 'jpg', 'webp'] as const;
export type PictureType = (typeof PICTURE_TYPES)[number];

export interface Picture extends Size {
  type: PictureType;
  /** With nothing in it but pixels and what they are read with. */
  content: Buffer;
}

/** Bytes: it comes with the first page of everybody, and with every mail. */
export const LARGEST_PICTURE = 32_768;
/** Pixels. */
export const LONGEST_SIDE = 1024;
/** How many times as wide as high, and as high as wide: what is slimmer can't be read above a page. */
export const WIDEST = 10;
export const TALLEST = 2;

const READERS: Readonly<Record<PictureType, [is: typeof isPng, read: typeof readPng]>> = {
  png: [isPng, readPng],
  jpg: [isJpeg, readJpeg],
  webp: [isWebp, readWebp],
};

/**
 * Problems: `logo-large`, `logo-drawing` (SVG, HTML), `logo-type`, `logo-damaged`, `logo-trailing`,
 * `logo-several`, `logo-moving`, `logo-turned`, `logo-size`, `logo-slim`.
 */
export function readPicture(content: Buffer): Picture {
  if (content.length > LARGEST_PICTURE)
    throw new Problem('logo-large', { values: { kib: Math.ceil(content.length / 1024) } });
  const type = PICTURE_TYPES.find((one) => READERS[one][0](content));
  if (!type) throw new Problem(isMarkup(content) ? 'logo-drawing' : 'logo-type');
  const picture = READERS[type][1](content);
  checkSize(picture);
  return { type, ...picture };
}

function checkSize({ width, height }: Size): void {
  const values = { width, height };
  if (width < 1 || height < 1) throw new Problem('logo-damaged');
  if (Math.max(width, height) > LONGEST_SIDE) throw new Problem('logo-size', { values });
  if (width > WIDEST * height || height > TALLEST * width)
    throw new Problem('logo-slim', { values });
}

/** SVG and HTML, in whatever they are written: they can carry programs. */
function isMarkup(content: Buffer): boolean {
  const start = content.subarray(0, 1024).toString('latin1').replaceAll('\0', '');
  return /^[^\w<]*<(?:[a-z!?])/iu.test(start);
}
