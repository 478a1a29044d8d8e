/** What every mail of an installation, or of an organisation, has in common, whatever it says. */
import type { Brand } from '../branding/brand.ts';
import { paletteOf } from '../branding/palette.ts';
import type { Picture, PictureType } from '../branding/pictures/picture.ts';
import { shownSize } from '../branding/shown-size.ts';

export interface Letterhead {
  /** The installation's. */
  name: string;
  /** Whom people ask, and how; null: nobody is named. */
  contact: string | null;
  help: string | null;
  /** The address of the account page; null: it has no place in this mail. */
  account: string | null;
  /** Above it; pixels, as it is shown. Null: words alone. */
  logo: MailLogo | null;
  /** The name that mails come in, whatever the address says; null: as the installation has it. */
  senderName: string | null;
  /** A button's, each of which can be read on the other: `#rrggbb`. */
  button: { ground: string; words: string; edge: string };
}

export interface MailLogo {
  /** The part of the mail that it is (RFC 2392). */
  cid: string;
  file: { type: PictureType; content: Buffer };
  width: number;
  height: number;
  /** It stands for the name. */
  wide: boolean;
}

/** What an organisation says of itself; null: nothing. */
export interface OwnLetterhead {
  colour: string | null;
  contact: string | null;
  senderName: string | null;
  logo: Picture | null;
}

/** `--fill` of the stylesheet. */
const OUR_COLOUR = '#3a4bc4';

export function letterheadOf(brand: Brand, issuer: string): Letterhead {
  const { name, contact, helpUrl: help, colour } = brand;
  const own = { logo: null, senderName: null, button: buttonOf(colour ?? OUR_COLOUR) };
  return { name, contact, help, account: `${issuer}/account`, ...own };
}

/** The installation's, with what the organisation whose mail it is says otherwise. */
export function organisationLetterhead(own: OwnLetterhead, ofAll: Letterhead): Letterhead {
  const { colour, contact, senderName, logo } = own;
  return {
    ...ofAll,
    contact: contact ?? ofAll.contact,
    senderName,
    logo: logo && mailLogo(logo),
    button: colour === null ? ofAll.button : buttonOf(colour),
  };
}

function buttonOf(colour: string): Letterhead['button'] {
  const { fill, onFill, accent } = paletteOf(colour, 'light');
  return { ground: fill, words: onFill, edge: accent };
}

/** Some mail programs show no WebP (Outlook for Windows): the name is better than a broken picture. */
function mailLogo({ type, content, ...size }: Picture): MailLogo | null {
  if (type === 'webp') return null;
  return { cid: 'logo@letterhead', file: { type, content }, ...shownSize(size) };
}
