/**
 * What the installation is called and looks like, out of the section `branding` of the configuration. This
 * folder owns the rules: which colours follow from one (palette.ts), what a logo may be (logo.ts).
 */
import type { Config } from '../config/schema.ts';
import { readLogo, type Logo } from './logo.ts';

export interface Brand {
  name: string;
  logo: Logo | null;
  /** `#rgb` or `#rrggbb`; null: the stylesheet's own. */
  colour: string | null;
  helpUrl: string | null;
  /** Whom people ask, and how; null: they are told nothing of it. */
  contact: string | null;
}

const PRODUCT = 'Latchkey';

/** What an installation is that says nothing of itself. */
export const UNBRANDED: Brand = {
  name: PRODUCT,
  logo: null,
  colour: null,
  helpUrl: null,
  contact: null,
};

/** Throws a ConfigError for a logo that can't be used. */
export async function readBrand(branding: Config['branding']): Promise<Brand> {
  return {
    name: brandName(branding),
    logo: branding.logo === undefined ? null : await readLogo(branding.logo),
    colour: branding.colour ?? null,
    helpUrl: branding.help_url ?? null,
    contact: branding.contact?.trim() ?? null,
  };
}

export function brandName({ name }: Config['branding']): string {
  return name?.trim() ?? PRODUCT;
}

/**
 * What entries in authenticator apps and passkeys are of: the name that people also read above the page that
 * asks for them, else their organisation.
 */
export function entryOwner({ name }: Config['branding'], organisation: string): string {
  return name?.trim() ?? organisation;
}
