/** People → Service mailboxes: by which nobody signs in, and their application codes, made by whoever administers them. */
import { z } from 'zod';
import { addPasscodeInput, passcodeDays } from '../../../../operations/account/passcodes.ts';
import {
  addServiceMailbox,
  addServicePasscode,
  listServiceMailboxes,
} from '../../../../operations/people/services/service-mailbox.ts';
import { getOrganisation } from '../../../../records/organisation.ts';
import { PROTOCOLS } from '../../../../records/passcode.ts';
import { remembering } from '../../../../timing/remembering.ts';
import { parseFields, text, type Fields } from '../../../forms.ts';
import { found, valueOr } from '../../../signed-in/found.ts';
import type { Answer } from '../../../signed-in/page.ts';
import { errorsOf, type Errors } from '../../errors.ts';
import { chosenOrganisation, isEverywhere, organisationChoices } from '../../organisations.ts';
import { hasRowFor, requireMay, type AdminPage, type AdminVisit } from '../../page.ts';
import { PEOPLE, personFrame, personOf, personPath, targetOf } from '../../person.ts';
import { personErrors } from '../new-person.ts';

export const SERVICES = `${PEOPLE}/mailboxes`;

const list: AdminPage = {
  path: SERVICES,
  operation: 'person.list',
  section: 'people',
  fresh: false,

  async show(visit) {
    const { parts, performed, person, ctx } = visit;
    const after = ctx.URL.searchParams.get('after') ?? undefined;
    const page = valueOr(await listServiceMailboxes(parts, performed, after), PEOPLE);
    const nameOf = remembering(async (id: string) => {
      return (await getOrganisation(parts.store, id))?.name ?? id;
    });
    const mailboxes = page.mailboxes.map(async (one) => ({
      href: personPath(one.id, 'passcodes'),
      name: one.name,
      login: one.login,
      email: one.email,
      organisation: await nameOf(one.organisation),
      passcodes: one.passcodes.length,
      active: one.active,
    }));
    const context = {
      mailboxes: await Promise.all(mailboxes),
      everywhere: isEverywhere(person, 'person.list'),
      mayAdd: hasRowFor(person, 'service-mailbox.add'),
      back: PEOPLE,
      first: after === undefined ? null : SERVICES,
      next:
        page.next === undefined ? null : `${SERVICES}?${new URLSearchParams({ after: page.next })}`,
    };
    return { show: 'admin/services', context };
  },
};

const form = z.object({
  name: text(100).pipe(z.string().trim().min(1, 'required')),
  login: text(100).pipe(z.string().trim().min(1, 'required')),
  email: text(200).pipe(z.string().trim().min(1, 'required')),
});

const add: AdminPage = {
  path: `${SERVICES}/new`,
  operation: 'service-mailbox.add',
  section: 'people',
  fresh: true,

  show: (visit) => addPage(visit, visit.held, {}),

  async submit(visit, fields) {
    const parsed = parseFields(form, fields);
    if (!parsed.ok) return addPage(visit, fields, parsed.errors, 400);
    const { parts, performed } = visit;
    const organisation = chosenOrganisation(visit, 'service-mailbox.add', fields);
    const added = await addServiceMailbox(parts, performed, { ...parsed.values, organisation });
    if (!added.ok) return addPage(visit, fields, personErrors(added.problem), added.problem.status);
    const { id, name } = added.value;
    return { to: personPath(id, 'passcodes'), said: { what: 'service-added', values: { name } } };
  },
};

async function addPage(
  visit: AdminVisit,
  fields: Fields,
  errors: Errors,
  status = 200,
): Promise<Answer> {
  const all = await organisationChoices(visit);
  const wanted = chosenOrganisation(visit, 'service-mailbox.add', fields);
  const own = all.find(({ id }) => id === visit.person.organisation);
  const chosen = found(all.find(({ id }) => id === wanted) ?? own, SERVICES);
  const context = {
    fields: {
      name: fields['name'] ?? '',
      login: fields['login'] ?? '',
      email: fields['email'] ?? '',
    },
    organisations: isEverywhere(visit.person, 'service-mailbox.add') ? all : [],
    organisation: chosen.id,
    organisationName: chosen.label,
    back: SERVICES,
    errors,
  };
  return { show: 'admin/service-new', context, status };
}

/** What the organisation does not let anybody choose. */
const FIELD_OF: Readonly<Record<string, string>> = {
  'passcode-days': 'days',
  'passcode-networks': 'networks',
};

const passcode: AdminPage = {
  path: `${PEOPLE}/:id/passcodes/new`,
  operation: 'service-mailbox.add-passcode',
  section: 'people',
  fresh: true,

  show: (visit) => passcodePage(visit, visit.held, {}),

  async submit(visit, fields) {
    const protocols = PROTOCOLS.filter((id) => fields[id] === 'yes');
    // Separated by blanks, commas or lines.
    const networks = (fields['networks'] ?? '').split(/[\s,;]+/u).filter((word) => word !== '');
    const parsed = parseFields(addPasscodeInput, { ...fields, protocols, networks });
    if (!parsed.ok) return passcodePage(visit, fields, parsed.errors, 400);
    const { parts, performed } = visit;
    const { person } = (await personOf(visit)).who;
    const made = await addServicePasscode(parts, performed, person.id, parsed.values);
    if (!made.ok && made.problem.status !== 403 && made.problem.status !== 404) {
      const errors = errorsOf(made.problem, 'name', (code) => FIELD_OF[code]);
      return passcodePage(visit, fields, errors, made.problem.status);
    }
    const back = personPath(person.id, 'passcodes');
    // They are on the answer to this very form, and nowhere else ever.
    const { letters } = valueOr(made, back);
    const { name } = parsed.values;
    const subject = { name: person.name, login: person.login };
    return {
      show: 'admin/service-passcode',
      context: { subject, name, letters: letters.split(' '), back },
    };
  },
};

async function passcodePage(
  visit: AdminVisit,
  fields: Fields,
  errors: Errors,
  status = 200,
): Promise<Answer> {
  const shown = await personOf(visit);
  const { person, organisation } = shown.who;
  const back = personPath(person.id, 'passcodes');
  requireMay(visit, 'service-mailbox.add-passcode', targetOf(person), back);
  const none = Object.keys(fields).length === 0;
  const expiries = passcodeDays(organisation);
  const context = {
    ...personFrame(visit, shown, 'passcodes'),
    name: fields['name'] ?? '',
    networks: fields['networks'] ?? '',
    days: fields['days'] ?? expiries.at(-1) ?? '0',
    expiries,
    protocols: PROTOCOLS.map((id) => ({ id, on: none ? id === 'smtp' : fields[id] === 'yes' })),
    back,
    errors,
  };
  return { show: 'admin/service-passcode-new', context, status };
}

export const servicePages: readonly AdminPage[] = [list, add, passcode];
