/** How large a logo is shown, on pages and in mails. Pure. */
import type { Logo } from './logo.ts';

type Sides = Pick<Logo, 'width' | 'height'>;

/** CSS pixels, of the wide ones and of all others. */
const HIGHEST = { wide: 44, other: 40 };
const LONGEST = 240;

/** Nearly as high as wide. */
export function isSquare({ width, height }: Sides): boolean {
  return Math.max(width, height) <= 1.25 * Math.min(width, height);
}

/** `wide`: it stands for the name. */
export function shownSize({ width, height }: Sides): Sides & { wide: boolean } {
  const wide = width >= 2 * height;
  const scale = Math.min((wide ? HIGHEST.wide : HIGHEST.other) / height, LONGEST / width);
  return { width: Math.round(width * scale), height: Math.round(height * scale), wide };
}
