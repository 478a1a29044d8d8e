/** People → Add somebody: one form, and the invitation with it. */
import { z } from 'zod';
import { addPerson } from '../../../operations/people/add-person.ts';
import { mailPasswordLink } from '../../../operations/people/security/mail-password-link.ts';
import type { Problem } from '../../../problem.ts';
import { listGroups, type Group } from '../../../records/group.ts';
import { parseFields, text, type Fields } from '../../forms.ts';
import { found } from '../../signed-in/found.ts';
import type { Answer } from '../../signed-in/page.ts';
import { errorsOf, type Errors } from '../errors.ts';
import { chosenOrganisation, isEverywhere, organisationChoices } from '../organisations.ts';
import type { AdminPage, AdminVisit } from '../page.ts';
import { chosenGroups, groupChoices, PEOPLE, personPath } from '../person.ts';

const form = z.object({
  name: text(100).pipe(z.string().trim().min(1, 'required')),
  login: text(100).pipe(z.string().trim().min(1, 'required')),
  email: text(200).pipe(z.string().trim().min(1, 'required')),
});

export const newPerson: AdminPage = {
  path: `${PEOPLE}/new`,
  operation: 'person.add',
  section: 'people',
  fresh: true,

  show: async (visit) => formPage(visit, visit.held, {}),

  async submit(visit, fields) {
    const parsed = parseFields(form, fields);
    if (!parsed.ok) return formPage(visit, fields, parsed.errors, 400);
    const { parts, performed } = visit;
    const organisation = chosenOrganisation(visit, 'person.add', fields);
    const groups = chosenGroups(fields);
    const added = await addPerson(parts, performed, { ...parsed.values, organisation, groups });
    if (!added.ok)
      return formPage(visit, fields, personErrors(added.problem), added.problem.status);
    const { id, name } = added.value;
    const isInvited = fields['invite'] === 'yes';
    const sent = isInvited ? await mailPasswordLink(parts, performed, id) : undefined;
    const what = sent ? (sent.ok ? 'person-invited' : 'person-not-invited') : 'person-added';
    return { to: personPath(id), said: { what, values: { name } } };
  },
};

const FIELDS = ['name', 'login', 'email'] as const;

/** Codes begin with what they are about: `login-taken`. */
export const personErrors = (problem: Problem): Errors =>
  errorsOf(problem, 'name', (code) =>
    code.startsWith('active-until')
      ? 'activeUntil'
      : FIELDS.find((field) => code.startsWith(`${field}-`)),
  );

async function formPage(
  visit: AdminVisit,
  fields: Fields,
  errors: Errors,
  status = 200,
): Promise<Answer> {
  const { parts, person } = visit;
  const all = await organisationChoices(visit);
  const wanted = chosenOrganisation(visit, 'person.add', fields);
  const asked = all.find(({ id }) => id === wanted);
  const own = all.find(({ id }) => id === person.organisation);
  const { id: chosen, label } = found(asked ?? own, PEOPLE);
  const groups: Group[] = await Array.fromAsync(listGroups(parts.store, chosen));
  const context = {
    fields: {
      name: fields['name'] ?? '',
      login: fields['login'] ?? '',
      email: fields['email'] ?? '',
    },
    organisations: isEverywhere(person, 'person.add') ? all : [],
    organisation: chosen,
    organisationName: label,
    groups: groupChoices(groups, chosenGroups(fields)),
    mail: parts.config.mail.smtp_url !== undefined,
    invite: Object.keys(fields).length === 0 || fields['invite'] === 'yes',
    errors,
  };
  return { show: 'admin/person-new', context, status };
}
