/** People → the person → Security: what is asked of them, what they have, and what helps whoever can't sign in. */
import { z } from 'zod';
import { mayBeExtended } from '../../../operations/rollout/extend-grace.ts';
import type { PersonShown } from '../../../operations/people/security/show-person.ts';
import { updatePerson } from '../../../operations/people/update-person.ts';
import { listFactors } from '../../../policy/enrolled-factors.ts';
import { enrolledFactors, FACTORS, hasTemporaryCode } from '../../../policy/factors.ts';
import { hasDuties } from '../../../policy/assurance.ts';
import { PERSON_MFA, type Person } from '../../../records/person.ts';
import { dayOf, startOfDay } from '../../../text/day-of.ts';
import { parseFields, text, type Fields } from '../../forms.ts';
import type { Answer } from '../../signed-in/page.ts';
import { valueOr } from '../../signed-in/found.ts';
import { formOf, formShown, seenIn, type FormOf } from '../as-read.ts';
import { mayDo, requireMay, type AdminPage, type AdminVisit } from '../page.ts';
import { offered, PEOPLE, personFrame, personOf, personPath, targetOf } from '../person.ts';

const security: AdminPage = {
  path: `${PEOPLE}/:id/security`,
  operation: 'person.show',
  section: 'people',
  fresh: false,

  async show(visit) {
    const shown = await personOf(visit);
    const { person, organisation } = shown.who;
    const { now } = visit;
    const context = {
      ...personFrame(visit, shown, 'security'),
      asked: {
        own: person.mfa,
        organisation: organisation.mfa,
        organisationName: organisation.name,
        from: shown.requiredFrom,
        isDue: shown.requiredFrom !== null && shown.requiredFrom <= now,
        duties: hasDuties(person),
      },
      enrolled: enrolledFactors(person).length > 0,
      factors: factorsOf(visit, person),
      codesLeft: shown.codesLeft,
      hasCodes: person.oneTimeCodes !== null,
      lock: shown.lock,
      sessions: shown.sessions,
      computers: shown.computers,
      passcodes: person.passcodes.length,
      passwordSet: person.passwordHash !== null,
      codePending: (person.enrolmentCode?.expiresAt ?? 0) > now,
      extension: person.graceExtension ?? null,
      temporaryUntil: hasTemporaryCode(person, now)
        ? (person.temporaryCode?.expiresAt ?? null)
        : null,
      acts: actsFor(visit, shown),
    };
    return { show: 'admin/person-security', context };
  },
};

function actsFor(visit: AdminVisit, { who: { person }, requiredFrom }: PersonShown) {
  const offer = (page: string, operation: Parameters<typeof mayDo>[1], style?: string) =>
    offered(visit, person, [{ page, operation, style: style ?? 'secondary', applies: true }])[0] ??
    null;
  if (person.service)
    return {
      remind: null,
      extend: null,
      mfa: null,
      invite: null,
      temporaryCode: null,
      reset: null,
      unlock: offer('unlock', 'person.unlock'),
      signOut: null,
    };
  const isWaitedFor = requiredFrom !== null && enrolledFactors(person).length === 0;
  return {
    remind: isWaitedFor && person.active ? offer('remind', 'person.remind') : null,
    extend: mayBeExtended(person, requiredFrom)
      ? offer('extend-grace', 'person.extend-grace')
      : null,
    mfa: offer('mfa', 'person.change'),
    invite: offer('invite', 'person.send-link'),
    temporaryCode:
      enrolledFactors(person).length > 0
        ? offer('temporary-code', 'person.give-temporary-code')
        : null,
    unlock: offer('unlock', 'person.unlock'),
    reset: offer('reset', 'person.reset-factors', 'danger'),
    signOut: offer('sign-out', 'person.sign-out', 'danger'),
  };
}

/** Everything of theirs, with the way to its removal for whoever may. */
function factorsOf(visit: AdminVisit, person: Person) {
  const mayRemove = mayDo(visit, 'person.remove-factor', targetOf(person));
  return listFactors(person)
    .filter(({ factor }) => factor !== 'one-time-codes')
    .flatMap(({ factor, items }) =>
      items.map(({ id, name, createdAt }) => ({
        name,
        label: FACTORS[factor].label,
        factor,
        createdAt,
        remove:
          mayRemove && FACTORS[factor].renamed
            ? personPath(person.id, `factors/${factor}/${encodeURIComponent(id)}/remove`)
            : null,
      })),
    );
}

/** Milliseconds since the epoch: the start of that day in UTC; null: none was typed; undefined: it is no day. */
function dayIn(typed: string): number | null | undefined {
  return typed === '' ? null : startOfDay(typed);
}

const mfaForm = z.object({
  mfa: z.enum(PERSON_MFA, 'required'),
  from: text(100).refine((typed) => dayIn(typed.trim()) !== undefined, 'date-format'),
});

const mfa: AdminPage = {
  path: `${PEOPLE}/:id/mfa`,
  operation: 'person.change',
  section: 'people',
  fresh: true,

  async show(visit) {
    return mfaPage(visit, { fields: visit.held });
  },

  async submit(visit, fields) {
    const parsed = parseFields(mfaForm, fields);
    if (!parsed.ok) return mfaPage(visit, { fields, errors: parsed.errors, status: 400 });
    const { parts, performed } = visit;
    const { person } = (await personOf(visit)).who;
    const { mfa: asked, from } = parsed.values;
    const mfaFrom = asked === 'required' ? (dayIn(from.trim()) ?? null) : null;
    const input = { mfa: asked, mfaFrom };
    const seen = seenIn(fields, MFA_FIELDS);
    const changed = await updatePerson(parts, performed, person.id, input, seen);
    if (!changed.ok && changed.problem.code === 'changed-meanwhile')
      return mfaPage(visit, { fields, faster: true, status: 409 });
    if (!changed.ok && changed.problem.code === 'grace-past')
      return mfaPage(visit, { fields, errors: { from: 'date-past' }, status: 400 });
    valueOr(changed, personPath(person.id, 'security'));
    const said = { what: `person-mfa-${asked}`, values: { name: person.name } };
    return { to: personPath(person.id, 'security'), said };
  },
};

/** Of the person, what the form shows. */
const MFA_FIELDS = ['mfa', 'mfaFrom'] as const;

function mfaFormOf(person: Person): FormOf {
  const from = person.mfaFrom === null ? '' : dayOf(person.mfaFrom);
  return formOf(person, MFA_FIELDS, [
    {
      label: { textKey: 'security.legend' },
      now: { mfa: person.mfa },
      told: ({ mfa: is = '' }) =>
        PERSON_MFA.some((one) => one === is) ? { textKey: `security.mfa.${is}` } : { text: is },
    },
    { label: { textKey: 'security.from' }, now: { from } },
  ]);
}

interface MfaShown {
  fields: Fields;
  errors?: Fields;
  /** Somebody else was. */
  faster?: boolean;
  status?: number;
}

async function mfaPage(
  visit: AdminVisit,
  { fields, errors = {}, faster = false, status = 200 }: MfaShown,
): Promise<Answer> {
  const shown = await personOf(visit);
  const { person, organisation } = shown.who;
  const back = personPath(person.id, 'security');
  requireMay(visit, 'person.change', targetOf(person), back);
  const context = {
    ...personFrame(visit, shown, 'security'),
    choices: PERSON_MFA,
    form: formShown(mfaFormOf(person), fields, faster),
    organisationMfa: organisation.mfa,
    computers: shown.computers,
    duties: hasDuties(person),
    back,
    errors,
  };
  return { show: 'admin/person-mfa', context, status };
}

export const securityPages: readonly AdminPage[] = [security, mfa];
