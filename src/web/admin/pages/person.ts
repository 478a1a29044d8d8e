/** People → the person: their state, and why they could, or could not, sign in. */
import { ACCOUNT_CLIENT } from '../../../oidc/clients/own/own-clients.ts';
import type { PersonShown } from '../../../operations/people/security/show-person.ts';
import type { AuditEvent } from '../../../audit/event.ts';
import { listEventsAbout } from '../../../operations/audit/list-events.ts';
import { explainSignIn } from '../../../operations/explain-sign-in.ts';
import { FACTORS } from '../../../policy/factors.ts';
import type { Person } from '../../../records/person.ts';
import { attributeOf, getProfile } from '../../../records/profile.ts';
import { languageOfLocale } from '../../../text/languages.ts';
import { valueOr } from '../../signed-in/found.ts';
import type { AdminPage, AdminVisit } from '../page.ts';
import { invitationOf } from './people/mails.ts';
import { BOXES, linesOf } from './people/attributes.ts';
import { shownEvents } from '../shown-events.ts';
import { offered, PEOPLE, personFrame, personOf } from '../person.ts';

const person: AdminPage = {
  path: `${PEOPLE}/:id`,
  operation: 'person.show',
  section: 'people',
  fresh: false,

  async show(visit) {
    const shown = await personOf(visit);
    const { person: subject } = shown.who;
    const context = {
      ...personFrame(visit, shown, 'overview'),
      ...(await factsOf(visit, shown)),
      lock: shown.lock,
      invitation: await invitationOf(visit, subject),
      steps: await stepsOf(visit, subject.id),
      decisions: await decisionsOn(visit, subject.id),
      edits: offered(visit, subject, [
        { page: 'edit', operation: 'person.change', applies: true },
        { page: 'groups', operation: 'person.change-groups', applies: true },
        { page: 'attributes', operation: 'person.change-attributes', applies: true },
        { page: 'move', operation: 'person.move', applies: true },
      ]),
      acts: actsOn(visit, subject),
    };
    return { show: 'admin/person', context };
  },
};

function actsOn(visit: AdminVisit, subject: Person) {
  const { active, deletion } = subject;
  const isLeaving = (deletion ?? null) !== null;
  const style = 'danger';
  return offered(visit, subject, [
    { page: 'enable', operation: 'person.enable', applies: !active && !isLeaving },
    { page: 'disable', operation: 'person.disable', style, applies: active },
    { page: 'lock-down', operation: 'person.lock-down', style, applies: !isLeaving },
    { page: 'keep', operation: 'person.delete', applies: isLeaving },
    { page: 'delete', operation: 'person.delete', style, applies: !isLeaving },
  ]);
}

/** Milliseconds: of the day before the one on which somebody is disabled, noon is that day to every reader. */
const HALF_A_DAY = 43_200_000;

async function factsOf({ parts }: AdminVisit, { who, groups }: PersonShown) {
  const { person, organisation } = who;
  const { activeUntil, language, createdAt } = person;
  const profile = await getProfile(parts.store, person.id);
  return {
    organisation: organisation.name,
    secondary: person.secondaryEmail !== null,
    speaks: language && (languageOfLocale(language) ?? null),
    createdAt,
    groups: groups.map(({ name }) => name),
    activeUntil: typeof activeUntil === 'number' ? activeUntil - HALF_A_DAY : null,
    attributes: BOXES.flatMap((name) => {
      const value = attributeOf(profile, name);
      return value === undefined ? [] : [{ name, value: String(value) }];
    }),
    others: linesOf(profile).join(', '),
    passwordSet: person.passwordHash !== null,
  };
}

/** Of a sign-in to the account pages, which are open to everybody. */
async function stepsOf({ parts, performed }: AdminVisit, id: string) {
  const asked = await explainSignIn(parts, performed, id, { client: ACCOUNT_CLIENT });
  return valueOr(asked, PEOPLE).steps.map(({ step, factors, reasons }) => ({
    step,
    factors: factors.map((factor) => FACTORS[factor].label),
    reasons: reasons.flatMap((reason) => WHY[reason.replace(/ \(.*\)$/u, '')] ?? []),
  }));
}

/** Of a page. */
const DECISIONS = 3;

/** What was decided last when somebody wanted in as them, and why. */
async function decisionsOn(visit: AdminVisit, id: string) {
  const { parts, performed } = visit;
  const { events } = valueOr(await listEventsAbout(parts, performed, id, undefined), PEOPLE);
  return shownEvents(visit, events.filter(isDecision).slice(0, DECISIONS));
}

/** Steps that went well are left to the end of the sign-in to tell. */
function isDecision({ type, outcome }: AuditEvent): boolean {
  return type === 'sign-in.completed' || (type.startsWith('sign-in.') && outcome === 'refused');
}

/** Reasons of the policy that have words (`person.why.<text>`); others are plain from the step. */
const WHY: Readonly<Record<string, string>> = {
  'organisation requires MFA': 'organisation',
  'MFA required for the person': 'person',
  'a factor is enrolled': 'enrolled',
  'client requires acr': 'app',
  'the person is disabled': 'disabled',
  'no password has been set yet': 'no-password',
  'no factor can meet it': 'no-factor',
  'the person is a service mailbox': 'service',
  auditor: 'role',
  helpdesk: 'role',
  'organisation-administrator': 'role',
  administrator: 'role',
};

export const personPages: readonly AdminPage[] = [person];
