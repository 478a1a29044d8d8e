/** What an organisation's pages and mails look like: filled in, tried out, saved; a logo taken away and brought back. */
import { z } from 'zod';
import {
  type Picture,
  LARGEST_PICTURE,
  LONGEST_SIDE,
  PICTURE_TYPES,
} from '../../../../branding/pictures/picture.ts';
import {
  bringBackLogo,
  changeBranding,
  checkBranding,
  LONGEST_CONTACT,
  LONGEST_SENDER_NAME,
  type CheckedBranding,
} from '../../../../operations/organisations/change-branding.ts';
import type { Problem } from '../../../../problem.ts';
import type { LogoShown } from '../../../../records/branding/logo.ts';
import type { Organisation } from '../../../../records/organisation.ts';
import { resultOf } from '../../../../result.ts';
import { logoUrl } from '../../../brand/organisation-brand.ts';
import { parseFields, text, type Fields } from '../../../forms.ts';
import type { Answer } from '../../../signed-in/page.ts';
import { formOf, formShown, seenIn, type FormOf } from '../../as-read.ts';
import { ask } from '../../confirm.ts';
import { errorsOf, type Errors } from '../../errors.ts';
import { organisationOf, organisationPath, ORGANISATIONS } from '../../organisation.ts';
import type { AdminPage, AdminVisit } from '../../page.ts';
import { exampleOf, type Looks } from './appearance-example.ts';

const PAGE = 'appearance';
/** Bytes. */
export const LARGEST_UPLOAD = 1024 * 1024;
const orNull = (typed: string): string | null => typed.trim() || null;

const appearanceForm = z.object({
  colour: text(100).transform(orNull),
  contact: text(1000).transform(orNull),
  senderName: text(1000).transform(orNull),
});

/** Of the organisation, what the form shows. */
const SEEN = ['colour', 'contact', 'senderName', 'logo'] as const;

interface Shown {
  /** Somebody else was. */
  faster?: boolean;
  errors?: Errors;
  status?: number;
  /** What was filled in, as it would look; absent: as it is. */
  tried?: CheckedBranding;
  /** A file had been chosen, and is not there any more. */
  lost?: string;
}

const appearance: AdminPage = {
  path: `${ORGANISATIONS}/:organisation/${PAGE}`,
  operation: 'organisation.change-branding',
  section: 'organisations',
  fresh: true,
  // A logo that is too large is said to be: of what is far beyond it nothing is read.
  upload: LARGEST_UPLOAD,

  async show(visit) {
    const { held } = visit;
    return formPage(visit, await organisationOf(visit), held, { lost: held['logo'] ?? '' });
  },

  async submit(visit, fields, files) {
    const organisation = await organisationOf(visit);
    const { logo: file } = files;
    const lost = file?.name ?? '';
    const parsed = parseFields(appearanceForm, fields);
    if (!parsed.ok)
      return formPage(visit, organisation, fields, { errors: parsed.errors, status: 400, lost });
    const input = { ...parsed.values, ...(file && { logo: file.bytes }) };
    const { id, name } = organisation;
    const { parts, performed } = visit;
    if (fields['go'] === 'try') {
      const checked = await resultOf(async () => checkBranding(input));
      if (!checked.ok) return faulty(visit, organisation, fields, checked.problem, lost);
      return formPage(visit, organisation, fields, { tried: checked.value, lost });
    }
    const saved = await changeBranding(parts, performed, id, input, seenIn(fields, SEEN));
    if (!saved.ok) return faulty(visit, organisation, fields, saved.problem, lost);
    const undo = file && organisation.logo ? backPath(id, organisation.logo) : {};
    const said = { what: 'organisation-appearance', values: { name }, ...undo };
    return { to: organisationPath(id, PAGE), said };
  },
};

/** Where one that is shown no more is brought back. */
const backPath = (id: string, logo: LogoShown): { undo: string } => ({
  undo: organisationPath(id, `${PAGE}/logo/${logo.id}`),
});

async function faulty(
  visit: AdminVisit,
  organisation: Organisation,
  fields: Fields,
  problem: Problem,
  lost: string,
): Promise<Answer> {
  const { code, status } = problem;
  if (code === 'changed-meanwhile')
    return formPage(visit, await organisationOf(visit), fields, { faster: true, status, lost });
  const errors = errorsOf(problem, 'logo', () => undefined);
  return formPage(visit, organisation, fields, { errors, status, lost });
}

function formPage(
  visit: AdminVisit,
  organisation: Organisation,
  fields: Fields,
  { errors = {}, faster = false, status = 200, tried, lost = '' }: Shown = {},
): Answer {
  const { id, name, logo } = organisation;
  const context = {
    organisation: name,
    form: formShown(formFor(organisation), fields, faster),
    logo: logo
      ? { url: logoUrl(logo.id, logo.type), width: logo.width, height: logo.height }
      : null,
    removeLogo: organisationPath(id, `${PAGE}/remove-logo`),
    back: organisationPath(id),
    types: PICTURE_TYPES.map((type) => (type === 'jpg' ? 'image/jpeg' : `image/${type}`)).join(','),
    bounds: { kib: LARGEST_PICTURE / 1024, side: LONGEST_SIDE },
    longest: { contact: LONGEST_CONTACT, senderName: LONGEST_SENDER_NAME },
    lost,
    isTried: tried !== undefined,
    ...exampleOf(visit.parts.config, looksOf(organisation, tried)),
    errors,
  };
  return { show: 'admin/organisation-appearance', context, status };
}

function formFor(organisation: Organisation): FormOf {
  const { colour, contact, senderName, logo } = organisation;
  const picture = logo ? `${logo.type} ${logo.width} × ${logo.height} ${logo.id.slice(0, 4)}` : '';
  return formOf(organisation, SEEN, [
    { label: { textKey: 'appearance.colour' }, now: { colour: colour ?? '' } },
    { label: { textKey: 'appearance.contact' }, now: { contact: contact ?? '' } },
    { label: { textKey: 'appearance.sender-name' }, now: { senderName: senderName ?? '' } },
    { label: { textKey: 'appearance.logo' }, now: { picture } },
  ]);
}

function looksOf(organisation: Organisation, tried: Shown['tried']): Looks {
  const { name, logo = null, colour = null, contact = null, senderName = null } = organisation;
  const shown = logo && { ...logo, url: logoUrl(logo.id, logo.type) };
  const saved = { name, logo: shown, colour, contact, senderName };
  if (!tried) return saved;
  const { picture, ...rest } = tried;
  return { ...saved, ...rest, ...(picture && { logo: { ...picture, url: dataUrl(picture) } }) };
}

/** It is kept nowhere until it is saved. */
function dataUrl({ type, content }: Picture): string {
  return `data:image/${type === 'jpg' ? 'jpeg' : type};base64,${content.toString('base64')}`;
}

const removeLogo: AdminPage = {
  path: `${ORGANISATIONS}/:organisation/${PAGE}/remove-logo`,
  operation: 'organisation.change-branding',
  section: 'organisations',
  fresh: true,
  show: async (visit) => ask('organisation-logo-remove', questionOf(await organisationOf(visit))),
  async submit(visit) {
    const organisation = await organisationOf(visit);
    const { parts, performed } = visit;
    const { id, name, logo } = organisation;
    const removed = await changeBranding(parts, performed, id, { logo: null });
    if (!removed.ok)
      return ask('organisation-logo-remove', questionOf(organisation), removed.problem);
    const undo = logo ? backPath(id, logo) : {};
    const said = { what: 'organisation-logo-removed', values: { name }, ...undo };
    return { to: organisationPath(id, PAGE), said };
  },
};

const bringBack: AdminPage = {
  path: `${ORGANISATIONS}/:organisation/${PAGE}/logo/:logo`,
  operation: 'organisation.change-branding',
  section: 'organisations',
  fresh: true,
  show: async (visit) => ask('organisation-logo-back', questionOf(await organisationOf(visit))),
  async submit(visit) {
    const organisation = await organisationOf(visit);
    const { parts, performed, params } = visit;
    const { id, name } = organisation;
    const done = await bringBackLogo(parts, performed, id, params['logo'] ?? '');
    if (!done.ok) return ask('organisation-logo-back', questionOf(organisation), done.problem);
    const said = { what: 'organisation-appearance', values: { name } };
    return { to: organisationPath(id, PAGE), said };
  },
};

function questionOf({ id, name }: Organisation) {
  return { back: organisationPath(id, PAGE), values: { name } };
}

export const appearancePages: readonly AdminPage[] = [appearance, removeLogo, bringBack];
