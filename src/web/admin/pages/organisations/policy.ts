/** What an organisation asks of its people: filled in, then shown for what it would mean to whom, then saved. */
import { z } from 'zod';
import {
  LONGEST_PASSCODE,
  POLICY_FIELDS,
  SHORTEST_PASSCODE,
  type OrganisationPolicy,
} from '../../../../operations/organisations/organisation-policy.ts';
import { isAsSeen } from '../../../../operations/as-seen.ts';
import { organisationDigest } from '../../../../operations/organisations/organisation-digest.ts';
import { previewPolicy, showPreview } from '../../../../operations/organisations/preview-policy.ts';
import { LONGEST_TRUST } from '../../../../operations/policy-input.ts';
import { FACTORS } from '../../../../policy/factors.ts';
import type { Problem } from '../../../../problem.ts';
import { FACTOR_IDS, type FactorId } from '../../../../records/factor-id.ts';
import { ORGANISATION_MFA, type Organisation } from '../../../../records/organisation.ts';
import { dayOf, startOfDay } from '../../../../text/day-of.ts';
import { parseFields, text, type Fields } from '../../../forms.ts';
import type { Answer } from '../../../signed-in/page.ts';
import { formOf, formShown, seenIn, type FormOf, type Told } from '../../as-read.ts';
import { errorsOf, type Errors } from '../../errors.ts';
import { organisationOf, organisationPath, ORGANISATIONS } from '../../organisation.ts';
import type { AdminPage, AdminVisit } from '../../page.ts';
import { policyPreviewPage } from './policy-preview.ts';

/** Fields of a form: `factor-<id>` is `yes` for each that is ticked. */
const FACTOR_FIELD = 'factor-';

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
    const organisation = await organisationOf(visit);
    return formPage(organisation, await filledIn(visit, organisation));
  },

  async submit(visit, fields) {
    const organisation = await organisationOf(visit);
    const parsed = parseFields(policyForm, { ...fields, factors: ticked(fields) });
    if (!parsed.ok) return formPage(organisation, { fields, errors: parsed.errors, status: 400 });
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
    const { parts, performed } = visit;
    const seen = seenIn(fields, POLICY_FIELDS);
    if (isAsSeen(organisation, seen) && Object.keys(change).length === 0)
      return { to: organisationPath(id), said: saved };
    const made = await previewPolicy(parts, performed, id, change, seen);
    if (made.ok) return { to: organisationPath(id, `policy/${made.value.id}`) };
    const { code, status } = made.problem;
    const told =
      code === 'changed-meanwhile' ? { faster: true } : { errors: policyErrors(made.problem) };
    return formPage(await organisationOf(visit), { fields, ...told, status });
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
async function filledIn(visit: AdminVisit, organisation: Organisation): Promise<ShownForm> {
  const { parts, performed, params, held, ctx } = visit;
  const again = ctx.URL.searchParams.get('again');
  if (again === null || Object.keys(held).length > 0) return { fields: held };
  const id = params['organisation'] ?? '';
  const preview = await showPreview(parts, performed, id, again.slice(0, 100));
  if (!preview.ok) return { fields: {} };
  const { before, change, basis } = preview.value;
  const was = { ...organisation, ...before };
  const { seen } = formShown(formFor(was), {});
  const fields = { ...fieldsOf({ ...was, ...change }), seen };
  return { fields, faster: organisationDigest(organisation) !== basis };
}

function fieldsOf({ mfaFrom, factors, passcodeNetworks, ...rest }: Organisation): Fields {
  const chosen = FACTOR_IDS.map((id) => [
    `${FACTOR_FIELD}${id}`,
    factors.includes(id) ? 'yes' : '',
  ]);
  return {
    mfa: rest.mfa,
    from: mfaFrom === null ? '' : dayOf(mfaFrom),
    ...(Object.fromEntries(chosen) as Fields),
    trustedDays: String(rest.trustedDays),
    sessionHours: numberIn(rest.sessionAbsolute, 3600),
    idleMinutes: numberIn(rest.sessionIdle, 60),
    passcodeDays: numberIn(rest.passcodeDays, 1),
    passcodeNetworks: passcodeNetworks === true ? 'yes' : '',
  };
}

const numberIn = (value: number | null | undefined, each: number): string =>
  value ? String(Math.round(value / each)) : '';

function formFor(organisation: Organisation): FormOf {
  const fields = fieldsOf(organisation);
  const only = (name: string): Fields => ({ [name]: fields[name] ?? '' });
  const box = (label: string, name: string) => ({ label: { textKey: label }, now: only(name) });
  const tick = (label: string, name: string) => ({
    ...box(label, name),
    ticks: true as const,
    told: (is: Fields): Told => ({ textKey: is[name] === 'yes' ? 'apps.yes' : 'apps.no' }),
  });
  return formOf(organisation, POLICY_FIELDS, [
    { ...box('security.legend', 'mfa'), told: ({ mfa = '' }) => mfaTold(mfa) },
    box('security.from', 'from'),
    ...FACTOR_IDS.map((id) => tick(`factor.${FACTORS[id].label}`, `${FACTOR_FIELD}${id}`)),
    box('organisations.trusted-days', 'trustedDays'),
    box('organisations.session-hours', 'sessionHours'),
    box('organisations.idle-minutes', 'idleMinutes'),
    box('organisations.passcode-days', 'passcodeDays'),
    tick('organisations.passcode-networks', 'passcodeNetworks'),
  ]);
}

function mfaTold(mfa: string): Told {
  const isOne = ORGANISATION_MFA.some((one) => one === mfa);
  return isOne ? { textKey: `security.organisation.${mfa}` } : { text: mfa };
}

interface ShownForm {
  fields: Fields;
  errors?: Errors;
  /** Somebody else was. */
  faster?: boolean;
  status?: number;
}

function formPage(
  organisation: Organisation,
  { fields, errors = {}, faster = false, status = 200 }: ShownForm,
): Answer {
  const form = formShown(formFor(organisation), fields, faster);
  const context = {
    organisation: organisation.name,
    form,
    choices: ORGANISATION_MFA,
    longestTrust: LONGEST_TRUST,
    factors: FACTOR_IDS.map((id) => ({
      field: `${FACTOR_FIELD}${id}`,
      label: FACTORS[id].label,
      on: form.fields[`${FACTOR_FIELD}${id}`] === 'yes',
    })),
    back: organisationPath(organisation.id),
    errors,
  };
  return { show: 'admin/organisation-policy', context, status };
}

export const organisationPolicyPages: readonly AdminPage[] = [policy, policyPreviewPage];
