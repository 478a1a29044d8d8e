/** What an organisation's pages and mails look like: logo, colour, whom to ask, in whose name mails come. */
import { z } from 'zod';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { longColour } from '../../branding/palette.ts';
import { readPicture, type Picture } from '../../branding/pictures/picture.ts';
import { withMessages } from '../../outbox/message.ts';
import { Problem, refuseFaults } from '../../problem.ts';
import { findLogo, keepLogo, retireLogo, type LogoShown } from '../../records/branding/logo.ts';
import { updateOrganisation, type Organisation } from '../../records/organisation.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Store } from '../../storage/store.ts';
import { isPrintable } from '../../text/printable.ts';
import { changes, type Changes } from '../changes.ts';
import type { Seen } from '../as-seen.ts';
import { boundedText } from '../input.ts';
import { permission } from '../permission.ts';
import { unchangedSince } from './change-organisation.ts';
import type { ChangedOrganisation } from './change-organisation.ts';

const words = boundedText.transform((text) => text.trim()).nullable();

/** What is absent stays; null: as the installation has it. */
export const changeBrandingInput = z.object({
  /** A file as it was sent. */
  logo: z
    .custom<Uint8Array>((one) => one instanceof Uint8Array)
    .nullable()
    .exactOptional(),
  colour: words.exactOptional(),
  contact: words.exactOptional(),
  senderName: words.exactOptional(),
});
export type BrandingChange = z.output<typeof changeBrandingInput>;

export type CheckedBranding = Omit<BrandingChange, 'logo'> & { picture?: Picture | null };

/** Characters. */
export const LONGEST_CONTACT = 200;
/** Characters. */
export const LONGEST_SENDER_NAME = 60;

export interface BrandingParts {
  store: Pick<Store, 'get' | 'put' | 'update'>;
}

/**
 * Problems: `colour-format`, `contact-format`, `sender-name-format` and those of a logo
 * (branding/pictures/picture.ts), each as the fault of its field; `organisation-unknown`, `changed-meanwhile`
 * (409). `basis`: what it has to be like still (as of `changeOrganisation`).
 */
export function changeBranding(
  { store }: BrandingParts,
  performed: Performed,
  id: string,
  input: BrandingChange,
  basis?: string | Seen,
): Promise<Result<ChangedOrganisation>> {
  return resultOf(async () => {
    await mayChange(store, performed, id);
    const { picture, ...fields } = checkBranding(input);
    return withLogo(store, performed, id, picture, (shown) => {
      const set = shown === undefined ? fields : { ...fields, logo: shown };
      return write(store, performed, id, set, unchangedSince(basis));
    });
  });
}

/** As it would be kept; throws a Problem with the faults of its fields. */
export function checkBranding({ logo, ...input }: BrandingChange): CheckedBranding {
  const { picture, ...faults } = { ...pictureIn(logo), ...faultsIn(input) };
  refuseFaults(faults);
  const { colour } = input;
  return {
    ...input,
    ...(colour ? { colour: longColour(colour) } : {}),
    ...(picture === undefined ? {} : { picture }),
  };
}

/** The one that was shown before. Problem `not-found` for one that is gone by now, or never was theirs. */
export function bringBackLogo(
  { store }: BrandingParts,
  performed: Performed,
  id: string,
  logo: string,
): Promise<Result<ChangedOrganisation>> {
  return resultOf(async () => {
    await mayChange(store, performed, id);
    const picture = await findLogo(store, id, logo);
    if (!picture) throw new Problem('not-found', { status: 404 });
    return withLogo(store, performed, id, picture, (shown) =>
      write(store, performed, id, shown ? { logo: shown } : {}),
    );
  });
}

async function mayChange(
  store: Pick<Store, 'get'>,
  performed: Performed,
  id: string,
): Promise<void> {
  const may = await permission(store, performed, 'organisation.change-branding');
  // Of another organisation nobody learns so much as whether it is there.
  may({ organisation: id });
}

/** Undefined: it stays. */
function pictureIn(logo: Uint8Array | null | undefined): {
  picture?: Picture | null;
  logo?: Problem;
} {
  if (!logo) return logo === null ? { picture: null } : {};
  try {
    return { picture: readPicture(Buffer.from(logo)) };
  } catch (error) {
    if (error instanceof Problem) return { logo: error };
    throw error;
  }
}

function faultsIn({ colour, contact, senderName }: Omit<BrandingChange, 'logo'>) {
  const isGood = (text: string | null | undefined, is: (given: string) => boolean): boolean =>
    text === undefined || text === null || is(text);
  const fault = (code: 'colour-format' | 'contact-format' | 'sender-name-format') =>
    new Problem(code);
  return {
    ...(!isGood(colour, isColour) && { colour: fault('colour-format') }),
    ...(!isGood(contact, isContact) && { contact: fault('contact-format') }),
    ...(!isGood(senderName, isSenderName) && { senderName: fault('sender-name-format') }),
  };
}

const isColour = (text: string): boolean => /^#(?:[\da-f]{3}|[\da-f]{6})$/iu.test(text);

const isLine = (text: string, longest: number): boolean =>
  text !== '' && text.length <= longest && isPrintable(text);

const isContact = (text: string): boolean => isLine(text, LONGEST_CONTACT);

/** Nothing that a mail program could take for an address, or for another one than ours. */
function isSenderName(text: string): boolean {
  return isLine(text, LONGEST_SENDER_NAME) && !/[@<>"＠＜＞]/u.test(text);
}

/** Around the write that shows it: the picture is there before, and one that nothing shows goes. */
async function withLogo(
  store: BrandingParts['store'],
  { now }: Performed,
  id: string,
  picture: Picture | null | undefined,
  show: (logo: LogoShown | null | undefined) => Promise<Written>,
): Promise<ChangedOrganisation> {
  if (!picture) return retiring(store, now, await show(picture));
  const logo = await keepLogo(store, id, picture);
  try {
    return await retiring(store, now, await show(logo));
  } catch (error) {
    await retireLogo(store, logo, now);
    throw error;
  }
}

interface Written extends ChangedOrganisation {
  before: LogoShown | null;
}

async function retiring(
  store: BrandingParts['store'],
  now: number,
  { before, ...written }: Written,
): Promise<ChangedOrganisation> {
  if (before && before.id !== written.organisation.logo?.id) await retireLogo(store, before, now);
  return written;
}

function write(
  store: BrandingParts['store'],
  performed: Performed,
  id: string,
  input: Partial<Pick<Organisation, 'logo' | 'colour' | 'contact' | 'senderName'>>,
  check: (organisation: Organisation) => void = () => undefined,
): Promise<Written> {
  return updateOrganisation(store, id, (organisation): { set?: Organisation; result: Written } => {
    check(organisation);
    const before = organisation.logo ?? null;
    const changed = changes({ ...UNBRANDED, ...organisation }, input);
    if (Object.keys(changed).length === 0) return { result: { organisation, changed, before } };
    const details = toldIn(changed);
    const content = { type: 'organisation.changed', organisation: id, details } as const;
    const told = withMessages(organisation, eventAbout(undefined, performed, content));
    const after = { ...organisation, ...input, ...told };
    return { set: after, result: { organisation: after, changed, before } };
  });
}

/** Of an organisation that has never said anything. */
const UNBRANDED = { logo: null, colour: null, contact: null, senderName: null };

/** Whom people ask is somebody's name and address: no event keeps those. */
function toldIn({ contact, ...rest }: Changes): Changes {
  return contact === undefined ? rest : { ...rest, contact: 'changed' };
}
