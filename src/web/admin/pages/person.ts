/** People → the person: their state, and why they could, or could not, sign in. */
import type { PersonShown } from '../../../operations/people/security/show-person.ts';
import type { Person } from '../../../records/person.ts';
import { attributeOf, getProfile } from '../../../records/profile.ts';
import { languageOfLocale } from '../../../text/languages.ts';
import type { AdminPage, AdminVisit } from '../page.ts';
import { invitationOf } from './people/mails.ts';
import { BOXES, linesOf } from './people/attributes.ts';
import { signInsOf, stepsOf } from './people/sign-ins.ts';
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
      signIns: await signInsOf(visit, subject.id),
      edits: offered(visit, subject, [
        { page: 'edit', operation: 'person.change', applies: true },
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

export const personPages: readonly AdminPage[] = [person];
