/** The installation's brand as pages have it: what `brand` is in their templates, and files of our own origin. */
import type { Brand } from '../branding/brand.ts';
import { paletteOf, type Theme } from '../branding/palette.ts';
import { isSquare, shownSize } from '../branding/shown-size.ts';
import { parseMailbox } from '../text/mailbox.ts';
import { assetsOf, type Assets } from './assets.ts';

export interface PageBrand {
  name: string;
  /** `wide`: it stands for the name. Pixels, as it is shown. */
  logo: { url: string; width: number; height: number; wide: boolean } | null;
  /** Of the browser's tab; null: our own. */
  icon: string | null;
  /** Are those at the fixed places (/favicon.ico, home screens) of this brand too? */
  hasFixedIcons: boolean;
  /** Null: the colours are the stylesheet's. */
  stylesheet: string | null;
  help: string | null;
  /** Words, some of which are addresses to write to; null: nobody is named. */
  contact: readonly { text: string; address?: string }[] | null;
}

/** `assets`: the brand's files with those that there are. */
export function brandPages(brand: Brand, assets: Assets): { brand: PageBrand; assets: Assets } {
  const { name, logo, helpUrl: help, contact } = brand;
  const files = filesOf(brand);
  const own = assetsOf(files, 'the branding');
  const urlOf = (file: string): string | null => (files.has(file) ? own.url(file) : null);
  const shown = logo && { url: own.url(`logo.${logo.type}`), ...shownSize(logo) };
  const isIcon = logo !== null && isSquare(logo);
  const page = {
    name,
    logo: shown,
    icon: isIcon ? own.url(`logo.${logo.type}`) : urlOf('icon.svg'),
    hasFixedIcons: true,
    stylesheet: urlOf('brand.css'),
    help,
    contact: contact === null ? null : withAddresses(contact),
  };
  const all = { url: assets.url, find: (path: string) => own.find(path) ?? assets.find(path) };
  return { brand: page, assets: all };
}

function filesOf({ colour, logo }: Brand): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  if (colour !== null) {
    files.set('brand.css', Buffer.from(brandStyles(colour)));
    files.set('icon.svg', Buffer.from(coloredIcon(colour)));
  }
  if (logo === null) return files;
  files.set(`logo.${logo.type}`, logo.content);
  if (!isSquare(logo) || logo.type !== 'png') return files;
  // Browsers look at what it is, and not at the name of the place (Windows' own format holds PNG as well).
  return files.set('favicon.ico', logo.content).set('apple-touch-icon.png', logo.content);
}

/** What differs from the stylesheet. */
export function brandStyles(colour: string): string {
  const values = (theme: Theme): string => {
    const { accent, accentTint, fill, fillDeep, onFill } = paletteOf(colour, theme);
    return `:root{--accent:${accent};--accent-tint:${accentTint};--fill:${fill};--fill-deep:${fillDeep};--on-fill:${onFill}}`;
  };
  return `${values('light')}\n@media (prefers-color-scheme:dark){${values('dark')}}\n`;
}

/** The key of views/brand.njk. */
export function coloredIcon(colour: string): string {
  const { fill, onFill } = paletteOf(colour, 'light');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="${fill}"/><path fill="none" stroke="${onFill}" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round" d="M15.4 16.6 24 8m-3.4 3.4 2.8 2.8M16.6 20.2a4.4 4.4 0 1 1-8.8 0 4.4 4.4 0 0 1 8.8 0Z"/></svg>`;
}

/** What looks like a mail address is one to write to. */
export function withAddresses(contact: string): { text: string; address?: string }[] {
  return contact.split(/([^\s,;()<>]+@[^\s,;()<>]*[^\s,;()<>.])/u).flatMap((text) => {
    if (text === '') return [];
    return parseMailbox(text) && text.includes('@') ? [{ text, address: text }] : [{ text }];
  });
}
