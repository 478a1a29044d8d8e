/** What every mail of an installation has in common, whatever it says. */
import type { Brand } from '../branding/brand.ts';
import { paletteOf } from '../branding/palette.ts';

export interface Letterhead {
  /** The installation's. */
  name: string;
  /** Whom people ask, and how; null: nobody is named. */
  contact: string | null;
  help: string | null;
  /** The address of the account page; null: it has no place in this mail. */
  account: string | null;
  /** A button's, each of which can be read on the other: `#rrggbb`. */
  button: { ground: string; words: string; edge: string };
}

/** `--fill` of the stylesheet. */
const OUR_COLOUR = '#3a4bc4';

export function letterheadOf(brand: Brand, issuer: string): Letterhead {
  const { name, contact, helpUrl: help, colour } = brand;
  const { fill, onFill, accent } = paletteOf(colour ?? OUR_COLOUR, 'light');
  const button = { ground: fill, words: onFill, edge: accent };
  return { name, contact, help, account: `${issuer}/account`, button };
}
