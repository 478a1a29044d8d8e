/** People → the person → Move: to another organisation, by whoever administers the installation. */
import { isAsSeen } from '../../../../operations/as-seen.ts';
import { updatePerson } from '../../../../operations/people/update-person.ts';
import type { PersonShown } from '../../../../operations/people/security/show-person.ts';
import type { Problem } from '../../../../problem.ts';
import type { Fields } from '../../../forms.ts';
import type { Answer } from '../../../signed-in/page.ts';
import { formOf, formShown, seenIn, type FormOf } from '../../as-read.ts';
import { organisationChoices } from '../../organisations.ts';
import { requireMay, type AdminPage, type AdminVisit } from '../../page.ts';
import { PEOPLE, personFrame, personOf, personPath, targetOf } from '../../person.ts';
import { valuesOf } from '../acts.ts';

export const movePage: AdminPage = {
  path: `${PEOPLE}/:id/move`,
  operation: 'person.move',
  section: 'people',
  fresh: true,

  show: (visit) => question(visit, visit.held, {}),

  async submit(visit, fields) {
    const { parts, performed } = visit;
    const { person } = (await personOf(visit)).who;
    requireMay(visit, 'person.move', targetOf(person), personPath(person.id));
    const others = await elsewhere(visit, person.organisation);
    const to = others.find(({ id }) => id === fields['organisation']);
    const seen = seenIn(fields, SEEN);
    const isMoved = fields['organisation'] === person.organisation && !isAsSeen(person, seen);
    if (!to && isMoved) return question(visit, fields, { faster: true, status: 409 });
    if (!to) return question(visit, fields, { errors: { organisation: 'required' }, status: 400 });
    const moved = await updatePerson(parts, performed, person.id, { organisation: to.id }, seen);
    if (!moved.ok && moved.problem.code === 'changed-meanwhile')
      return question(visit, fields, { faster: true, status: 409 });
    if (!moved.ok)
      return question(visit, fields, { problem: moved.problem, status: moved.problem.status });
    const values = { name: person.name, organisation: to.label };
    return { to: personPath(person.id), said: { what: 'person-moved', values } };
  },
};

async function elsewhere(visit: AdminVisit, organisation: string) {
  return (await organisationChoices(visit)).filter(({ id }) => id !== organisation);
}

/** Of the person, what ends with it, as the page says. */
const SEEN = ['organisation', 'role', 'groups'] as const;

function formFor({ person, organisation }: PersonShown['who'], groups: number): FormOf {
  const told = (key: string) => () => ({ textKey: key });
  return formOf(person, SEEN, [
    {
      label: { textKey: 'people.organisation' },
      now: { from: person.organisation },
      told: () => ({ text: organisation.name }),
    },
    {
      label: { textKey: 'people.role' },
      now: { role: person.role },
      told: told(`role.${person.role}`),
    },
    { label: { textKey: 'person.groups' }, now: { groups: String(groups) } },
  ]);
}

interface Shown {
  /** Somebody else was. */
  faster?: boolean;
  errors?: Record<string, string>;
  problem?: Problem | null;
  status?: number;
}

async function question(visit: AdminVisit, fields: Fields, told: Shown): Promise<Answer> {
  const { errors = {}, problem = null, faster = false, status = 200 } = told;
  const shown = await personOf(visit);
  const { person } = shown.who;
  requireMay(visit, 'person.move', targetOf(person), personPath(person.id));
  const context = {
    ...personFrame(visit, shown, 'overview'),
    values: { ...valuesOf(shown), groups: shown.groups.length },
    isMember: person.role === 'member',
    form: formShown(formFor(shown.who, shown.groups.length), fields, faster),
    organisations: await elsewhere(visit, person.organisation),
    chosen: fields['organisation'] ?? '',
    back: personPath(person.id),
    errors,
    problem,
  };
  return { show: 'admin/person-move', context, status };
}
