/**
 * The colours that follow from one: what is written in it can be read on every ground of the stylesheet
 * (WCAG 2.2 §1.4.3: 4.5 to 1), in light and in dark. Buttons keep the colour itself, with white or black on it.
 */
export type Theme = 'light' | 'dark';

/** Values of the stylesheet's names, as `#rrggbb`. */
export interface Palette {
  /** Words, lines and what has the focus; also the edge of a button, whose ground may be close to the page's. */
  accent: string;
  /** Behind words, very faint. */
  accentTint: string;
  /** The ground of a button, and the same under the pointer. */
  fill: string;
  fillDeep: string;
  onFill: string;
}

type Rgb = readonly [red: number, green: number, blue: number];

/** Of views/assets/latchkey.css; a test compares. */
export const GROUNDS: Readonly<Record<Theme, { grounds: readonly string[]; soft: string }>> = {
  light: { grounds: ['#ffffff', '#f5f5f2'], soft: '#575c6e' },
  dark: { grounds: ['#1a1c25', '#111218', '#22252f'], soft: '#a8adbf' },
};

const READABLE = 4.5;
/** Of what is written in the colour: more in the dark, where a faint grey passes for something switched off. */
const ACCENT: Readonly<Record<Theme, number>> = { light: READABLE, dark: 6 };
const [WHITE, BLACK] = ['#ffffff', '#000000'] as const;
/** How strong a tint may be, strongest first: other words on it have to be read too. */
const TINTS: Readonly<Record<Theme, readonly number[]>> = {
  light: [0.1, 0.07, 0.04],
  dark: [0.24, 0.18, 0.12, 0.06],
};

/** `colour`: `#rgb` or `#rrggbb`. Every colour has one. */
export function paletteOf(colour: string, theme: Theme): Palette {
  const { grounds, soft } = GROUNDS[theme];
  const [card = WHITE] = grounds;
  const fill = toHex(toRgb(colour));
  const tints = TINTS[theme].map((share) => mix(card, fill, share));
  const accentTint = tints.find((tint) => contrast(tint, soft) >= READABLE) ?? card;
  const onFill = contrast(fill, WHITE) >= READABLE ? WHITE : BLACK;
  return {
    accent: readable(fill, [...grounds, accentTint], theme),
    accentTint,
    fill,
    fillDeep: deeper(fill, onFill),
    onFill,
  };
}

/** WCAG 2.2, "contrast ratio": 1 to 21. */
export function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** Another ground that can be told from `fill`, away from what is written on it if there is some way left. */
function deeper(fill: string, onFill: string): string {
  const ends = onFill === WHITE ? [BLACK, WHITE] : [WHITE, BLACK];
  const shades = ends.map((end) => mix(fill, end, 0.18));
  const serves = (shade: string): boolean =>
    contrast(shade, fill) >= 1.05 && contrast(shade, onFill) >= READABLE;
  return shades.find(serves) ?? fill;
}

/** The same hue, as much nearer to black or white as it needs, in hundredths, and no more. */
function readable(colour: string, grounds: readonly string[], theme: Theme): string {
  const isReadable = (shade: string): boolean =>
    grounds.every((ground) => contrast(shade, ground) >= ACCENT[theme]);
  if (isReadable(colour)) return colour;
  const { hue, saturation, lightness } = toHsl(colour);
  const end = theme === 'dark' ? 1 : 0;
  const shades = Array.from({ length: 100 }, (_, hundredths) => {
    const nearer = lightness + ((end - lightness) * hundredths) / 100;
    return fromHsl({ hue, saturation, lightness: nearer });
  });
  return shades.find(isReadable) ?? (theme === 'dark' ? WHITE : BLACK);
}

interface Hsl {
  /** Degrees. */
  hue: number;
  /** 0 to 1. */
  saturation: number;
  lightness: number;
}

/** CSS Color 4 §7.2. */
function toHsl(colour: string): Hsl {
  const parts = toRgb(colour).map((part) => part / 255);
  const [red = 0, green = 0, blue = 0] = parts;
  const [low, high] = [Math.min(...parts), Math.max(...parts)];
  const range = high - low;
  const lightness = (low + high) / 2;
  if (range === 0) return { hue: 0, saturation: 0, lightness };
  const saturation = (high - lightness) / Math.min(lightness, 1 - lightness);
  if (high === red) return { hue: 60 * ((green - blue) / range), saturation, lightness };
  const hue = high === green ? (blue - red) / range + 2 : (red - green) / range + 4;
  return { hue: 60 * hue, saturation, lightness };
}

/** CSS Color 4 §7.1. */
function fromHsl({ hue, saturation, lightness }: Hsl): string {
  const strength = saturation * Math.min(lightness, 1 - lightness);
  const part = (from: number): number => {
    const place = (from + hue / 30 + 12) % 12;
    return 255 * (lightness - strength * Math.max(-1, Math.min(place - 3, 9 - place, 1)));
  };
  return toHex([part(0), part(8), part(4)]);
}

/** `#rrggbb`, of `#rgb` too. */
export function longColour(colour: string): string {
  return toHex(toRgb(colour));
}

function mix(from: string, to: string, share: number): string {
  const end = toRgb(to);
  const mixed = toRgb(from).map((part, at) => part + ((end[at] ?? 0) - part) * share);
  return toHex(mixed);
}

/** WCAG 2.2, "relative luminance". */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = toRgb(colour).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function toRgb(colour: string): Rgb {
  const digits = colour.slice(1);
  const long = digits.length === 3 ? digits.replaceAll(/./gu, '$&$&') : digits;
  const part = (at: number): number => Number.parseInt(long.slice(at, at + 2), 16);
  return [part(0), part(2), part(4)];
}

function toHex(parts: readonly number[]): string {
  return `#${parts.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;
}
