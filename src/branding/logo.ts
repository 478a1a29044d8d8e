/** The installation's logo: a local file, looked at before anything starts. */
import { readFile, stat } from 'node:fs/promises';
import { ConfigError } from '../config/faults.ts';
import { readingFailed } from '../config/source.ts';

export interface Logo {
  content: Buffer;
  /** What it is, whatever the file is called. */
  type: LogoType;
  /** Pixels; of a drawing, units. */
  width: number;
  height: number;
}

/** What every browser shows, and no picture that moves. */
const TYPES = ['svg', 'png', 'jpg', 'webp'] as const;
export type LogoType = (typeof TYPES)[number];

/** Bytes: it comes with the first page of everybody. */
export const LARGEST_LOGO = 49_152;
/** Pixels. */
const LONGEST_SIDE = 4096;
/** How many times as wide as high, and as high as wide. */
const WIDEST = 10;
const TALLEST = 2;

const ALLOWED =
  'an SVG, PNG, JPEG or WebP of at most 48 KiB and 4096 pixels a side, at most ten times as wide as high, or twice as high as wide';

/** Throws a ConfigError that says what is wrong with the file. */
export async function readLogo(path: string): Promise<Logo> {
  try {
    const { size } = await stat(path);
    if (size > LARGEST_LOGO) throw fault(`The file ${path} has ${Math.ceil(size / 1024)} KiB.`);
    return await measured(path, await readFile(path));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw fault(`The file ${path} cannot be read: ${readingFailed(error)}.`);
  }
}

async function measured(path: string, content: Buffer): Promise<Logo> {
  const { type, orientation = 1, ...stored } = await sizeOf(path, content);
  // A photograph that was taken sideways is shown upright (Exif 2.3, "Orientation").
  const [width, height] =
    orientation < 5 ? [stored.width, stored.height] : [stored.height, stored.width];
  const known = TYPES.find((one) => one === type);
  if (!known) throw fault(`The file ${path} is of another type: ${type ?? 'unknown'}.`);
  const fits = Math.max(width, height) <= LONGEST_SIDE;
  const isSlim = width > WIDEST * height || height > TALLEST * width;
  if (!fits || isSlim || !(width > 0 && height > 0))
    throw fault(`The picture ${path} is ${width} × ${height} pixels.`);
  return { content, type: known, width, height };
}

/** Loaded here: most installations start without a logo. */
async function sizeOf(path: string, content: Buffer) {
  const { imageSize } = await import('image-size');
  try {
    return imageSize(content);
  } catch {
    throw fault(`The file ${path} is no picture that can be recognised, or is damaged.`);
  }
}

function fault(message: string): ConfigError {
  return new ConfigError([{ path: 'branding.logo', message, allowed: ALLOWED }]);
}
