/** `/account/passcodes`: sixteen letters for each mail program, shown once. */
import { z } from 'zod';
import { PROTOCOLS, type Passcode } from '../../records/passcode.ts';
import {
  addPasscode,
  MOST_NETWORKS,
  MOST_PASSCODES,
  newPasscode,
  parseNetwork,
  revokePasscode,
} from '../../passcodes/passcode.ts';
import { usesOf } from '../../passcodes/use.ts';
import { parseFields, text, type Fields } from '../forms.ts';
import { confirm } from './confirm.ts';
import { changedMeanwhile, found } from './found.ts';
import type { AccountPage, AccountVisit, Answer } from './page.ts';
import { postPerson, told } from './report.ts';

const PASSCODES = '/account/passcodes';
const DAY = 86_400_000;
/** Days after which one may end by itself; 0: never. */
const EXPIRIES = ['0', '7', '30', '90', '365'];

export const passcodes: AccountPage = {
  path: PASSCODES,
  section: 'passcodes',
  fresh: false,

  async show({ person, parts, now }) {
    const uses = await usesOf(parts.store, person.id);
    const shown = person.passcodes.map(
      ({ id, name, protocols, networks, createdAt, expiresAt }) => {
        const use = uses.get(id);
        const expired = expiresAt !== null && expiresAt <= now;
        const last = use
          ? { at: use.at, protocol: use.protocol, address: use.address ?? '' }
          : null;
        return { id, name, protocols, networks, createdAt, expiresAt, expired, last };
      },
    );
    const mayAdd = shown.length < MOST_PASSCODES;
    return { show: 'account/passcodes', context: { passcodes: shown, mayAdd } };
  },
};

const form = z.object({
  name: text(60).pipe(z.string().trim().min(1, 'required')),
  days: text(5).pipe(z.string().refine((days) => EXPIRIES.includes(days), 'required')),
  networks: text(500),
});

function page(fields: Fields, errors: Fields, status = 200): Answer {
  const none = Object.keys(fields).length === 0;
  const chosen = PROTOCOLS.map((id) => ({ id, on: none ? id !== 'sieve' : fields[id] === 'yes' }));
  const { name = '', days = '0', networks = '' } = fields;
  const context = { name, days, networks, expiries: EXPIRIES, protocols: chosen, errors };
  return { show: 'account/passcode-new', context, status };
}

export const passcodeNew: AccountPage = {
  path: `${PASSCODES}/new`,
  section: 'passcodes',
  fresh: true,

  show: async ({ held }) => page(held, {}),

  async submit(visit, fields) {
    const parsed = parseFields(form, fields);
    const protocols = PROTOCOLS.filter((id) => fields[id] === 'yes');
    const networks = networksIn(fields['networks'] ?? '');
    const errors = {
      ...(parsed.ok ? {} : parsed.errors),
      ...(protocols.length === 0 ? { protocols: 'protocol-missing' } : {}),
      ...(networks ? {} : { networks: 'network-format' }),
    };
    if (!parsed.ok || !networks || Object.keys(errors).length > 0) return page(fields, errors, 400);
    const { name, days } = parsed.values;
    const expiresAt = days === '0' ? null : visit.now + Number(days) * DAY;
    return make(visit, { name, protocols, networks, expiresAt });
  },
};

/** Separated by blanks, commas or lines; undefined: one of them is none, or there are too many. */
function networksIn(typed: string): string[] | undefined {
  const words = typed.split(/[\s,;]+/u).filter((word) => word !== '');
  const networks = words.map(parseNetwork);
  const known = networks.filter((network) => network !== undefined);
  return known.length === words.length && known.length <= MOST_NETWORKS ? known : undefined;
}

/** The letters are on the answer to this very form, and nowhere else ever. */
async function make(
  visit: AccountVisit,
  given: Pick<Passcode, 'name' | 'protocols' | 'networks' | 'expiresAt'>,
): Promise<Answer> {
  const { parts, person, now } = visit;
  const { passcode, letters } = newPasscode(parts.vault, person.id, given, now);
  const about = { passcode: passcode.id, protocols: given.protocols.join(' ') };
  const messages = await told(
    visit,
    { type: 'passcode.made', details: about },
    { template: 'account-changed', values: { what: 'passcode-made', name: given.name } },
  );
  const made = await addPasscode(parts.store, person, passcode, messages);
  if (made === 'changed') throw changedMeanwhile(PASSCODES);
  if (made === 'limit')
    return { to: PASSCODES, said: { what: 'passcode-limit', values: { most: MOST_PASSCODES } } };
  postPerson(visit);
  const context = { letters: letters.split(' '), name: given.name, login: person.login };
  return { show: 'account/passcode-made', context };
}

export const passcodeRevoke: AccountPage = {
  path: `${PASSCODES}/:id/revoke`,
  section: 'passcodes',
  fresh: true,

  async show(visit) {
    return confirm('passcode-revoke', { back: PASSCODES, values: { name: nameOf(visit) } });
  },

  async submit(visit) {
    const { parts, person, params } = visit;
    const name = nameOf(visit);
    const id = params['id'] ?? '';
    const messages = await told(
      visit,
      { type: 'passcode.revoked', details: { passcode: id } },
      { template: 'account-changed', values: { what: 'passcode-revoked', name } },
    );
    const revoked = await revokePasscode(parts.store, person.id, id, messages);
    found(revoked || undefined, PASSCODES);
    postPerson(visit);
    return { to: PASSCODES, said: { what: 'passcode-revoked', values: { name } } };
  },
};

function nameOf({ person, params }: AccountVisit): string {
  const passcode = person.passcodes.find(({ id }) => id === params['id']);
  return found(passcode, PASSCODES).name;
}

export const passcodePages: readonly AccountPage[] = [passcodes, passcodeNew, passcodeRevoke];
