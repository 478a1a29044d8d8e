/**
 * An organisation's own brand, over the installation's: logo, colour and contact of its document, so that no page
 * reads anything for it. Files are of our own origin: a logo by the id that it is kept by, a colour's by the colour.
 */
import { createHash } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import { LRUCache } from 'lru-cache';
import { PICTURE_TYPES, type PictureType } from '../../branding/pictures/picture.ts';
import { isSquare, shownSize } from '../../branding/shown-size.ts';
import type { RequestPeople } from '../../oidc/adapters/request-people.ts';
import type { ReadOrganisation } from '../../oidc/clients/known-organisations.ts';
import { logoCollection } from '../../records/branding/logo.ts';
import type { Organisation } from '../../records/organisation.ts';
import type { Store } from '../../storage/store.ts';
import { halfSecond } from '../../timing/half-second.ts';
import { answerAsset, type Asset } from '../assets.ts';
import { brandStyles, coloredIcon, withAddresses, type PageBrand } from '../brand-pages.ts';
import { exampleStyles } from './example.ts';

export type Branded = Pick<Organisation, 'name' | 'logo' | 'colour' | 'contact'>;

/** Pages of this answer are the organisation's from here on, an error page too. */
export function showFor(ctx: Pick<Context, 'state'>, organisation: Branded | undefined): void {
  ctx.state['showFor'] = organisation;
}

export interface WhosePageParts {
  people: RequestPeople;
  readOrganisation: ReadOrganisation;
}

/** The same by the id of somebody who is known. */
export function showForPerson({ people, readOrganisation }: WhosePageParts) {
  return async (ctx: Context, id: string): Promise<void> => {
    const person = await people.get(undefined, id);
    if (person) showFor(ctx, await readOrganisation(person.organisation));
  };
}

export function shownFor(ctx: Pick<Context, 'state'>): Branded | undefined {
  return ctx.state['showFor'] as Branded | undefined;
}

/** A face of its own, with its name, has whoever has a logo or a colour; a contact alone stands below the installation's. */
export function organisationBrand(own: Branded, ofInstallation: PageBrand): PageBrand {
  const { name, logo, colour, contact } = own;
  const asked = contact ? { contact: withAddresses(contact) } : {};
  if (!logo && !colour) return { ...ofInstallation, ...asked };
  const url = logo ? logoUrl(logo.id, logo.type) : null;
  const files = colour ? colourFiles(colour) : undefined;
  return {
    ...ofInstallation,
    name,
    logo: logo && url !== null ? { url, ...shownSize(logo) } : null,
    icon: logo && url !== null && isSquare(logo) ? url : (files?.icon ?? ofInstallation.icon),
    stylesheet: files?.stylesheet ?? ofInstallation.stylesheet,
    hasFixedIcons: false,
    ...asked,
  };
}

export const logoUrl = (id: string, type: PictureType): string => `/logos/${id}.${type}`;

/** Logos that are kept in memory. */
const MOST_LOGOS = 100;
const LOGO = new RegExp(`^/logos/([\\w-]{43})(\\.(?:${PICTURE_TYPES.join('|')}))$`, 'u');

/** Answers with logos that are kept, and what follows from a colour. */
export function serveBrandFiles(parts: {
  store: Pick<Store, 'get'>;
  now(): number;
}): Middleware & { isThere(path: string): boolean } {
  const logo = halfSecond({
    read: (id) => logoAsset(parts.store, id),
    now: parts.now,
    most: MOST_LOGOS,
  });
  const find = async (path: string): Promise<Asset | undefined> => {
    const [, id, type] = LOGO.exec(path) ?? [];
    if (id === undefined) return colourAsset(path);
    const asset = await logo(id);
    return asset?.type === type ? asset : undefined;
  };
  const serve: Middleware = async (ctx, next) => {
    const isAsked = ctx.method === 'GET' || ctx.method === 'HEAD';
    const asset = isAsked && isThere(ctx.path) ? await find(ctx.path) : undefined;
    return asset ? answerAsset(ctx, asset) : next();
  };
  return Object.assign(serve, { isThere });
}

/** Is it a place where such files are? */
const isThere = (path: string): boolean => LOGO.test(path) || COLOUR.test(path);

async function logoAsset(store: Pick<Store, 'get'>, id: string): Promise<Asset | undefined> {
  const stored = await store.get(logoCollection, id);
  if (!stored) return undefined;
  const content = Buffer.from(stored.content, 'base64');
  return { content, type: `.${stored.type}`, etag: `"${id}"` };
}

interface ColourFiles {
  stylesheet: string;
  icon: string;
  /** Of an example on a page that is somebody else's. */
  example: string;
  assets: ReadonlyMap<string, Asset>;
}

const COLOUR = /^\/colours\/([\da-f]{6})\.[\da-f]{16}\.(?:css|svg)$/u;
/** Whoever makes colours up must not fill the memory. */
const colours = new LRUCache<string, ColourFiles>({ max: 200 });

/** `colour`: `#rrggbb`. */
export function colourFiles(colour: string): ColourFiles {
  const known = colours.get(colour);
  if (known) return known;
  const assets = new Map<string, Asset>();
  const add = (text: string, type: string): string => {
    const content = Buffer.from(text);
    const hash = createHash('sha256').update(content).digest('hex').slice(0, 16);
    const path = `/colours/${colour.slice(1)}.${hash}${type}`;
    assets.set(path, { content, type, etag: `"${hash}"` });
    return path;
  };
  const stylesheet = add(brandStyles(colour), '.css');
  const icon = add(coloredIcon(colour), '.svg');
  const files = { stylesheet, icon, example: add(exampleStyles(colour), '.css'), assets };
  colours.set(colour, files);
  return files;
}

/** It is made of the colour in its name; the rest of the name says how: that of an older version is not there. */
function colourAsset(path: string): Asset | undefined {
  const [, digits] = COLOUR.exec(path) ?? [];
  return digits === undefined ? undefined : colourFiles(`#${digits}`).assets.get(path);
}
