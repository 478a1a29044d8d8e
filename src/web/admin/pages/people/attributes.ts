/** People → the person → Attributes: what apps are told of them besides their names. */
import { attributeLine, readAttribute } from '../../../../operations/attributes/attribute-line.ts';
import type { AttributesGiven } from '../../../../operations/attributes/attribute-rules.ts';
import { changeAttributes } from '../../../../operations/attributes/change-attributes.ts';
import {
  attributeOf,
  getProfile,
  STANDARD_ATTRIBUTES,
  type Profile,
} from '../../../../records/profile.ts';
import { Problem } from '../../../../problem.ts';
import type { Fields } from '../../../forms.ts';
import { valueOr } from '../../../signed-in/found.ts';
import type { Answer } from '../../../signed-in/page.ts';
import { formOf, formShown, seenIn, type FormOf } from '../../as-read.ts';
import { errorsOf, type Errors } from '../../errors.ts';
import { requireMay, type AdminPage, type AdminVisit } from '../../page.ts';
import { PEOPLE, personFrame, personOf, personPath, targetOf } from '../../person.ts';

/** Those with a box of their own. Language and zone are the person's to choose. */
export const BOXES = [
  'given_name',
  'family_name',
  'phone',
  'department',
  'employee_number',
] as const;
/** The box for all others. */
const OTHERS = 'others';
/** Names of those that were on the page: what somebody else has added since stays. */
const SHOWN = 'shown';

export const attributesPage: AdminPage = {
  path: `${PEOPLE}/:id/attributes`,
  operation: 'person.change-attributes',
  section: 'people',
  fresh: true,

  show: (visit) => formPage(visit, { fields: visit.held }),

  async submit(visit, fields) {
    const { parts, performed } = visit;
    const { person } = (await personOf(visit)).who;
    const read = givenIn(fields);
    if (read instanceof Problem)
      return formPage(visit, { fields, errors: faultsOf(read), status: 400 });
    const seen = seenIn(fields, PROFILE_FIELDS);
    const changed = await changeAttributes(parts, performed, person.id, read, seen);
    if (!changed.ok && changed.problem.status !== 403 && changed.problem.status !== 404)
      return notSaved(visit, fields, changed.problem);
    valueOr(changed, personPath(person.id));
    const said = { what: 'person-saved', values: { name: person.name } };
    return { to: personPath(person.id), said };
  },
};

function notSaved(visit: AdminVisit, fields: Fields, problem: Problem): Promise<Answer> {
  const { code, status } = problem;
  if (code === 'changed-meanwhile') return formPage(visit, { fields, faster: true, status });
  return formPage(visit, { fields, errors: faultsOf(problem), status });
}

/** Problem `attribute-line`: a line of the others is none. */
function givenIn(fields: Fields): AttributesGiven | Problem {
  const boxes = BOXES.map((name) => [name, fields[name]?.trim() || null] as const);
  const lines = (fields[OTHERS] ?? '')
    .split(/\r?\n/u)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const others: (readonly [string, AttributesGiven[string] | undefined])[] = [];
  for (const line of lines) {
    const read = readAttribute(line);
    if ('fault' in read)
      return new Problem('attribute-line', { values: { line: line.slice(0, 80) } });
    others.push([read.name, read.value]);
  }
  const gone = (fields[SHOWN] ?? '').split(' ').filter((name) => name !== '');
  // Whoever types one of the boxes below, or one twice, means the last one.
  const all = [...gone.map((name) => [name, null] as const), ...boxes, ...others];
  return Object.fromEntries(all) as AttributesGiven;
}

const faultsOf = (problem: Problem): Errors =>
  errorsOf(problem, OTHERS, (code) => {
    if (code === 'attribute-phone') return 'phone';
    return BOXES.find((name) => code === 'attribute-text' && problem.values['name'] === name);
  });

/** Of the profile, what the form shows. */
const PROFILE_FIELDS = [...BOXES.map((name) => STANDARD_ATTRIBUTES[name]), 'attributes'];

function formFor(profile: Profile): FormOf {
  const boxes = BOXES.map((name) => ({
    label: { textKey: `attributes.${name}` },
    now: { [name]: String(attributeOf(profile, name) ?? '') },
  }));
  const others = { [OTHERS]: linesOf(profile).join('\n') };
  return formOf(profile, PROFILE_FIELDS, [
    ...boxes,
    { label: { textKey: 'attributes.others' }, now: others },
  ]);
}

interface ShownForm {
  fields: Fields;
  errors?: Errors;
  /** Somebody else was. */
  faster?: boolean;
  status?: number;
}

async function formPage(
  visit: AdminVisit,
  { fields, errors = {}, faster = false, status = 200 }: ShownForm,
): Promise<Answer> {
  const shown = await personOf(visit);
  const { person } = shown.who;
  const back = personPath(person.id);
  requireMay(visit, 'person.change-attributes', targetOf(person), back);
  const profile = await getProfile(visit.parts.store, person.id);
  const isKept = fields[SHOWN] !== undefined && !faster;
  const context = {
    ...personFrame(visit, shown, 'overview'),
    form: formShown(formFor(profile), fields, faster),
    boxes: BOXES,
    shown: isKept ? fields[SHOWN] : Object.keys(profile.attributes).join(' '),
    back,
    errors,
  };
  return { show: 'admin/person-attributes', context, status };
}

/** Those that the administrator has named, as they are typed. */
export const linesOf = ({ attributes }: Profile): string[] =>
  Object.entries(attributes).map(([name, value]) => attributeLine(name, value));
