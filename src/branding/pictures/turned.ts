/** What a camera writes beside a picture is not kept; one that only stands upright because of it would lie down. */
import { Problem } from '../../problem.ts';

/** Exif 2.3 §4.6.4. */
const ORIENTATION = 0x01_12;
/** Bytes of an entry of a TIFF directory. */
const ENTRY = 12;

/** `tiff`: the content of Exif. Problem `logo-turned`. What can't be read says nothing. */
export function checkUpright(tiff: Buffer): void {
  if (orientationIn(tiff) > 1) throw new Problem('logo-turned');
}

function orientationIn(tiff: Buffer): number {
  const order = tiff.toString('latin1', 0, 2);
  if (tiff.length < 8 || (order !== 'II' && order !== 'MM')) return 1;
  const number = (at: number, bytes: 2 | 4): number => {
    if (at + bytes > tiff.length) return 0;
    return order === 'II' ? tiff.readUIntLE(at, bytes) : tiff.readUIntBE(at, bytes);
  };
  const directory = number(4, 4);
  for (let left = number(directory, 2), at = directory + 2; left > 0; left--, at += ENTRY) {
    if (at + ENTRY > tiff.length) return 1;
    if (number(at, 2) === ORIENTATION) return number(at + 8, 2);
  }
  return 1;
}
