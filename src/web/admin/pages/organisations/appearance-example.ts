/** What the page where it is chosen shows of it. */
import type { Config } from '../../../../config/schema.ts';
import { brandName } from '../../../../branding/brand.ts';
import { shownSize } from '../../../../branding/shown-size.ts';
import { parseMailbox } from '../../../../text/mailbox.ts';
import { corrections, shownColour, THEMES } from '../../../brand/example.ts';
import { colourFiles } from '../../../brand/organisation-brand.ts';

export interface Looks {
  name: string;
  logo: { type: string; url: string; width: number; height: number } | null;
  colour: string | null;
  contact: string | null;
  senderName: string | null;
}

export function exampleOf(
  { branding, mail }: Pick<Config, 'branding' | 'mail'>,
  { name, logo, colour, contact, senderName }: Looks,
) {
  const shown = shownColour(colour, branding.colour);
  const face = logo !== null || colour !== null;
  const from = parseMailbox(mail.from) ?? { name: '', address: mail.from };
  const inMails = logo !== null && logo.type !== 'webp';
  return {
    exampleStyles: shown === null ? null : colourFiles(shown).example,
    corrections: colour === null ? [] : corrections(colour),
    example: {
      themes: THEMES,
      /** Pages stay the installation's, with the contact of this one. */
      isPlain: !face,
      name: face ? name : brandName(branding),
      logo: logo && { url: logo.url, ...shownSize(logo) },
      contact: contact ?? branding.contact ?? null,
      mail: {
        from: { name: senderName ?? (from.name || name), address: from.address },
        name,
        logo: inMails ? { url: logo.url, ...shownSize(logo) } : null,
        isWebp: logo !== null && !inMails,
      },
    },
  };
}
