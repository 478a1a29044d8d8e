/** Adding, naming and removing organisations, and whose a domain of addresses is. */
import { z } from 'zod';
import { addOrganisation } from '../../../../operations/organisations/add-organisation.ts';
import { changeOrganisation } from '../../../../operations/organisations/change-organisation.ts';
import { removeOrganisation } from '../../../../operations/organisations/remove-organisation.ts';
import type { Problem } from '../../../../problem.ts';
import { ORGANISATION_MFA, type Organisation } from '../../../../records/organisation.ts';
import { parseFields, text, type Fields } from '../../../forms.ts';
import type { Answer } from '../../../signed-in/page.ts';
import { formOf, formShown, seenIn, type FormOf } from '../../as-read.ts';
import { ask } from '../../confirm.ts';
import { errorsOf, type Errors } from '../../errors.ts';
import { organisationOf, organisationPath, ORGANISATIONS } from '../../organisation.ts';
import type { AdminPage, AdminVisit } from '../../page.ts';

const FIELD_OF: Readonly<Record<string, string>> = {
  'name-format': 'name',
  'organisation-id-format': 'id',
  'organisation-taken': 'id',
  'domain-format': 'domains',
  'domain-taken': 'domains',
};

const wrong = (problem: Problem): Errors => errorsOf(problem, 'name', (code) => FIELD_OF[code]);

/** Several in a box: blanks, commas and lines are between them. */
function listIn(typed: string): string[] {
  return typed.split(/[\s,;]+/u).filter((one) => one !== '');
}

const newForm = z.object({
  name: text(200).pipe(z.string().trim().min(1, 'required')),
  id: text(60).transform((id) => id.trim()),
  domains: text(8000),
  mfa: z.enum(ORGANISATION_MFA, 'required'),
});

const newOrganisation: AdminPage = {
  path: `${ORGANISATIONS}/new`,
  operation: 'organisation.add',
  section: 'organisations',
  fresh: true,
  show: async ({ held }) => newPage(held),
  async submit({ parts, performed }, fields) {
    const parsed = parseFields(newForm, fields);
    if (!parsed.ok) return newPage(fields, parsed.errors, 400);
    const { name, id, domains, mfa } = parsed.values;
    const input = { name, mfa, domains: listIn(domains), ...(id === '' ? {} : { id }) };
    const added = await addOrganisation(parts, performed, input);
    if (!added.ok) return newPage(fields, wrong(added.problem), added.problem.status);
    const said = { what: 'organisation-added', values: { name: added.value.name } };
    return { to: organisationPath(added.value.id), said };
  },
};

function newPage(fields: Fields, errors: Errors = {}, status = 200): Answer {
  const context = {
    name: fields['name'] ?? '',
    id: fields['id'] ?? '',
    domains: fields['domains'] ?? '',
    mfa: fields['mfa'] ?? 'required',
    choices: ORGANISATION_MFA,
    back: ORGANISATIONS,
    errors,
  };
  return { show: 'admin/organisation-new', context, status };
}

interface FormPage {
  /** The last part of its address, and of its template: `organisation-<page>`. */
  page: 'edit' | 'domains';
  operation: 'organisation.change' | 'organisation.change-domains';
  /** What the form shows of the organisation. */
  seen: readonly (keyof Organisation)[];
  formFor(organisation: Organisation): FormOf;
  /** What was typed, as the change that it is; or what is wrong with it. */
  read(fields: Fields): ReturnType<typeof parseFields<Parameters<typeof changeOrganisation>[3]>>;
}

const FORMS: readonly FormPage[] = [
  {
    page: 'edit',
    operation: 'organisation.change',
    seen: ['name'],
    formFor: ({ name }) =>
      formOf({ name }, ['name'], [{ label: { textKey: 'people.name' }, now: { name } }]),
    read: (fields) => parseFields(editForm, fields),
  },
  {
    page: 'domains',
    operation: 'organisation.change-domains',
    seen: ['domains'],
    formFor: ({ domains }) => {
      const now = { domains: (domains ?? []).join('\n') };
      return formOf(
        { domains },
        ['domains'],
        [{ label: { textKey: 'organisations.domains' }, now }],
      );
    },
    read: (fields) => parseFields(domainsForm, fields),
  },
];

const editForm = z.object({ name: text(200).pipe(z.string().trim().min(1, 'required')) });
const domainsForm = z.object({ domains: text(8000).transform(listIn) });

interface ShownForm {
  errors?: Errors;
  /** Somebody else was. */
  faster?: boolean;
  status?: number;
}

function formPage({ page, operation, seen, formFor, read }: FormPage): AdminPage {
  const showForm = (
    organisation: Organisation,
    fields: Fields,
    { errors = {}, faster = false, status = 200 }: ShownForm = {},
  ): Answer => {
    const { id, name } = organisation;
    const form = formShown(formFor(organisation), fields, faster);
    const context = { organisation: name, form, back: organisationPath(id), errors };
    return { show: `admin/organisation-${page}`, context, status };
  };
  return {
    path: `${ORGANISATIONS}/:organisation/${page}`,
    operation,
    section: 'organisations',
    fresh: true,
    show: async (visit) => showForm(await organisationOf(visit), visit.held),
    async submit(visit, fields) {
      const organisation = await organisationOf(visit);
      const parsed = read(fields);
      if (!parsed.ok) return showForm(organisation, fields, { errors: parsed.errors, status: 400 });
      const { parts, performed } = visit;
      const { id } = organisation;
      const asSeen = seenIn(fields, seen);
      const saved = await changeOrganisation(parts, performed, id, parsed.values, asSeen);
      if (!saved.ok) {
        const { code, status } = saved.problem;
        const told =
          code === 'changed-meanwhile' ? { faster: true } : { errors: wrong(saved.problem) };
        return showForm(await organisationOf(visit), fields, { ...told, status });
      }
      const { name } = saved.value.organisation;
      return { to: organisationPath(id), said: { what: 'organisation-saved', values: { name } } };
    },
  };
}

const dropOrganisation: AdminPage = {
  path: `${ORGANISATIONS}/:organisation/remove`,
  operation: 'organisation.remove',
  section: 'organisations',
  fresh: true,
  show: async (visit) => ask('organisation-remove', await removalOf(visit)),
  async submit(visit) {
    const question = await removalOf(visit);
    const { parts, performed, params } = visit;
    const removed = await removeOrganisation(parts, performed, params['organisation'] ?? '');
    if (!removed.ok) return ask('organisation-remove', question, removed.problem);
    return { to: ORGANISATIONS, said: { what: 'organisation-removed', values: question.values } };
  },
};

async function removalOf(visit: AdminVisit) {
  const { id, name } = await organisationOf(visit);
  return { back: organisationPath(id), values: { name } };
}

/** `new` is nobody's id: before the pages of one. */
export const newOrganisationPage = newOrganisation;
export const changeOrganisationPages: readonly AdminPage[] = [
  ...FORMS.map(formPage),
  dropOrganisation,
];
