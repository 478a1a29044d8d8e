/** What pages and mails would look like, for whoever chooses: in light and in dark beside one another. */
import { contrast, GROUNDS, longColour, paletteOf, type Theme } from '../../branding/palette.ts';

export const THEMES: readonly Theme[] = ['light', 'dark'];

/** Of `.look.light` and `.look.dark`, whatever the reader's own is. */
export function exampleStyles(colour: string): string {
  return THEMES.map((theme) => {
    const { accent, accentTint, fill, fillDeep, onFill } = paletteOf(colour, theme);
    const { grounds, soft } = GROUNDS[theme];
    const [card = '', ground = ''] = grounds;
    const values = { card, ground, soft, accent, 'accent-tint': accentTint };
    const all = Object.entries({ ...values, fill, 'fill-deep': fillDeep, 'on-fill': onFill });
    return `.look.${theme}{${all.map(([name, value]) => `--${name}:${value}`).join(';')}}\n`;
  }).join('');
}

/** `ofInstallation`: its colour, if it has said one. Null: as the stylesheet has it. */
export function shownColour(
  colour: string | null,
  ofInstallation: string | undefined,
): string | null {
  const shown = colour ?? ofInstallation;
  return shown === undefined ? null : longColour(shown);
}

/** Where words and lines can't be in the colour itself, what they are in instead: it could not be read. */
export function corrections(colour: string): { theme: Theme; becomes: string; contrast: string }[] {
  return THEMES.flatMap((theme) => {
    const { accent, fill } = paletteOf(colour, theme);
    const [card = ''] = GROUNDS[theme].grounds;
    if (accent === fill) return [];
    return [{ theme, becomes: accent, contrast: contrast(fill, card).toFixed(1) }];
  });
}
