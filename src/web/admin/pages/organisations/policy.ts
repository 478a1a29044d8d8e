/** What an organisation asks of its people: filled in, then shown for what it would mean to whom, then saved. */
import { z } from 'zod';
import {
  LONGEST_PASSCODE,
  SHORTEST_PASSCODE,
  type OrganisationPolicy,
} from '../../../../operations/organisations/organisation-policy.ts';
import { organisationDigest } from '../../../../operations/organisations/organisation-digest.ts';
import {
  previewPolicy,
  savePreviewed,
  showPreview,
} from '../../../../operations/organisations/preview-policy.ts';
import { changes } from '../../../../operations/changes.ts';
import { LONGEST_TRUST } from '../../../../operations/policy-input.ts';
import { FACTORS } from '../../../../policy/factors.ts';
import type { Problem } from '../../../../problem.ts';
import { FACTOR_IDS, type FactorId } from '../../../../records/factor-id.ts';
import { getRollout } from '../../../../records/lists/rollout.ts';
import { MOST_NAMES, type PolicyPreview } from '../../../../records/lists/policy-preview.ts';
import { ORGANISATION_MFA, type Organisation } from '../../../../records/organisation.ts';
import { dayOf, startOfDay } from '../../../../text/day-of.ts';
import { parseFields, text, type Fields } from '../../../forms.ts';
import { changedMeanwhile, valueOr } from '../../../signed-in/found.ts';
import type { Answer } from '../../../signed-in/page.ts';
import { errorsOf, type Errors } from '../../errors.ts';
import { organisationOf, organisationPath, ORGANISATIONS } from '../../organisation.ts';
import type { AdminPage, AdminVisit } from '../../page.ts';
import { personPath } from '../../person.ts';

/** Fields of a form: `factor-<id>` is `yes` for each that is ticked. */
const FACTOR_FIELD = 'factor-';

/** Seconds. */
const LOOK_AGAIN = 3;

const isDay = (typed: string): boolean => typed === '' || startOfDay(typed) !== undefined;

const policyForm = z.object({
  mfa: z.enum(ORGANISATION_MFA, 'required'),
  from: text(100)
    .transform((typed) => typed.trim())
    .refine(isDay, 'date-format'),
  factors: z.array(z.enum(FACTOR_IDS)).min(1, 'factors-companion'),
  trustedDays: text(10)
    .transform((typed) => typed.trim())
    .refine((typed) => /^\d{1,3}$/u.test(typed) && Number(typed) <= LONGEST_TRUST, 'trusted-days'),
  sessionHours: number(8760, 'session-hours'),
  idleMinutes: number(525_600, 'idle-minutes', 15),
  passcodeDays: number(LONGEST_PASSCODE, 'passcode-rule', SHORTEST_PASSCODE),
});

/** Null: nothing was typed. */
function number(most: number, code: string, least = 1) {
  const isGood = (typed: string): boolean =>
    /^\d{0,6}$/u.test(typed) && (typed === '' || (Number(typed) >= least && Number(typed) <= most));
  return text(20)
    .transform((typed) => typed.trim())
    .refine(isGood, code)
    .transform((typed) => (typed === '' ? null : Number(typed)));
}

const FIELD_OF: Readonly<Record<string, string>> = {
  'factors-companion': 'factors',
  'administrator-locked-out': 'factors',
};

const ticked = (fields: Fields): FactorId[] =>
  FACTOR_IDS.filter((id) => fields[`${FACTOR_FIELD}${id}`] === 'yes');

const policy: AdminPage = {
  path: `${ORGANISATIONS}/:organisation/policy`,
  operation: 'organisation.change',
  section: 'organisations',
  fresh: true,

  async show(visit) {
    return formPage(await organisationOf(visit), await filledIn(visit));
  },

  async submit(visit, fields) {
    const organisation = await organisationOf(visit);
    const parsed = parseFields(policyForm, { ...fields, factors: ticked(fields) });
    if (!parsed.ok) return formPage(organisation, fields, parsed.errors, 400);
    const { mfa, from, factors, trustedDays, ...rest } = parsed.values;
    const mfaFrom = mfa === 'required' ? (startOfDay(from) ?? null) : null;
    const change = different(organisation, {
      mfa,
      mfaFrom,
      factors,
      trustedDays: Number(trustedDays),
      sessionAbsolute: rest.sessionHours && rest.sessionHours * 3600,
      sessionIdle: rest.idleMinutes && rest.idleMinutes * 60,
      passcodeDays: rest.passcodeDays,
      passcodeNetworks: fields['passcodeNetworks'] === 'yes',
    });
    const { id, name } = organisation;
    const saved = { what: 'organisation-as-it-was', values: { name } };
    if (Object.keys(change).length === 0) return { to: organisationPath(id), said: saved };
    const { parts, performed } = visit;
    const made = await previewPolicy(parts, performed, id, change);
    if (made.ok) return { to: organisationPath(id, `policy/${made.value.id}`) };
    const { problem } = made;
    return formPage(organisation, fields, policyErrors(problem), problem.status);
  },
};

/** A day that is over is a fault of the form, in its own words. */
function policyErrors(problem: Problem): Errors {
  if (problem.code === 'grace-past') return { from: 'date-past' };
  return errorsOf(problem, 'mfa', (code) => FIELD_OF[code]);
}

/** What an organisation has of which nothing was ever said. */
const NOT_SAID = {
  sessionAbsolute: null,
  sessionIdle: null,
  passcodeDays: null,
  passcodeNetworks: false,
};

/** What was not touched is not asked about: a day of grace that is over stays what it is. */
function different(organisation: Organisation, asked: Required<OrganisationPolicy>) {
  const entries = Object.entries(asked).filter(([field, value]) => {
    const was = { ...NOT_SAID, ...organisation }[field as keyof typeof asked];
    return JSON.stringify(was) !== JSON.stringify(value);
  });
  return Object.fromEntries(entries) as OrganisationPolicy;
}

/** As it was before a step-up, or as it was previewed: `?again=ID`. */
async function filledIn(visit: AdminVisit): Promise<Fields> {
  const { parts, performed, params, held, ctx } = visit;
  const again = ctx.URL.searchParams.get('again');
  if (again === null || Object.keys(held).length > 0) return held;
  const id = params['organisation'] ?? '';
  const preview = await showPreview(parts, performed, id, again.slice(0, 100));
  return preview.ok ? fieldsOf(preview.value.change) : {};
}

function fieldsOf({ mfa, mfaFrom, factors, trustedDays, ...rest }: OrganisationPolicy): Fields {
  const chosen = (factors ?? []).map((id) => [`${FACTOR_FIELD}${id}`, 'yes']);
  return {
    ...(mfa === undefined ? {} : { mfa }),
    ...(mfaFrom === undefined ? {} : { from: mfaFrom === null ? '' : dayOf(mfaFrom) }),
    ...(factors === undefined ? {} : { factors: 'chosen', ...Object.fromEntries(chosen) }),
    ...(trustedDays === undefined ? {} : { trustedDays: String(trustedDays) }),
    ...numberField('sessionHours', rest.sessionAbsolute, 3600),
    ...numberField('idleMinutes', rest.sessionIdle, 60),
    ...numberField('passcodeDays', rest.passcodeDays, 1),
    ...(rest.passcodeNetworks === undefined
      ? {}
      : { passcodeNetworks: rest.passcodeNetworks ? 'yes' : 'no' }),
  };
}

function numberField(name: string, value: number | null | undefined, each: number): Fields {
  if (value === undefined) return {};
  return { [name]: value === null ? '' : String(Math.round(value / each)) };
}

function formPage(
  organisation: Organisation,
  fields: Fields,
  errors: Errors = {},
  status = 200,
): Answer {
  const all = { ...fieldsOf(organisation), ...fields };
  // A box that is not ticked is not sent.
  const isSent = fields['factors'] !== undefined;
  const mustName = isSent ? fields['passcodeNetworks'] === 'yes' : organisation.passcodeNetworks;
  const chosen = fields['factors'] === undefined ? organisation.factors : ticked(fields);
  const context = {
    organisation: organisation.name,
    choices: ORGANISATION_MFA,
    mfa: all['mfa'],
    from: all['from'],
    trustedDays: all['trustedDays'],
    longestTrust: LONGEST_TRUST,
    sessionHours: all['sessionHours'] ?? '',
    idleMinutes: all['idleMinutes'] ?? '',
    passcodeDays: all['passcodeDays'] ?? '',
    passcodeNetworks: mustName === true,
    factors: FACTOR_IDS.map((id) => ({
      field: `${FACTOR_FIELD}${id}`,
      label: FACTORS[id].label,
      on: chosen.includes(id),
    })),
    back: organisationPath(organisation.id),
    errors,
  };
  return { show: 'admin/organisation-policy', context, status };
}

const preview: AdminPage = {
  path: `${ORGANISATIONS}/:organisation/policy/:preview`,
  operation: 'organisation.change',
  section: 'organisations',
  fresh: true,

  async show(visit) {
    const organisation = await organisationOf(visit);
    const form = organisationPath(organisation.id, 'policy');
    const { parts, performed, params } = visit;
    const id = params['preview'] ?? '';
    const shown = valueOr(await showPreview(parts, performed, organisation.id, id), form);
    const isStale = organisationDigest(organisation) !== shown.basis;
    // Looked at again by itself while it is under way.
    if (!shown.isDone && !isStale) visit.ctx.set('Refresh', String(LOOK_AGAIN));
    const about = await getRollout(parts.store, organisation.id);
    const context = {
      organisation: organisation.name,
      ...told(organisation, shown, visit.now),
      about: about?.counts.people ?? 0,
      isStale,
      ...namesOf(visit, shown),
      back: `${form}?${new URLSearchParams({ again: id })}`,
    };
    return { show: 'admin/organisation-preview', context };
  },

  async submit(visit) {
    const { id, name } = await organisationOf(visit);
    const { parts, performed, params } = visit;
    const form = organisationPath(id, 'policy');
    const saved = await savePreviewed(parts, performed, id, params['preview'] ?? '');
    if (!saved.ok && saved.problem.code === 'changed-meanwhile') throw changedMeanwhile(form);
    valueOr(saved, form);
    return { to: organisationPath(id), said: { what: 'organisation-policy', values: { name } } };
  },
};

function told(organisation: Organisation, shown: PolicyPreview, now: number) {
  const { counts, people, seen, isDone, moment } = shown;
  return {
    changes: Object.keys(changes(organisation, shown.change)),
    becomes: { ...organisation, ...shown.change },
    was: organisation,
    counts,
    seen,
    isDone,
    at: moment > now ? moment : null,
    most: MOST_NAMES,
    isCut: people.length === MOST_NAMES,
    nobody: Object.values(counts).every((count) => count === 0),
  };
}

/** Of a page. */
const NAMES = 50;

/** Those that the address says, `?names=50` and on; two hundred at once would be a heavy page. */
function namesOf({ ctx }: AdminVisit, { people }: PolicyPreview) {
  const said = Number(ctx.URL.searchParams.get('names') ?? '0');
  const from = Number.isInteger(said) && said > 0 && said < people.length ? said : 0;
  const shown = people.slice(from, from + NAMES);
  return {
    people: shown.map(({ id, ...one }) => ({ ...one, href: personPath(id) })),
    first: from === 0 ? null : ctx.path,
    next: from + NAMES < people.length ? `${ctx.path}?names=${from + NAMES}` : null,
  };
}

export const organisationPolicyPages: readonly AdminPage[] = [policy, preview];
