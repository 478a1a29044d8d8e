/** `/account/passcodes`: sixteen letters for each mail program, shown once. */
import { PROTOCOLS } from '../../../records/passcode.ts';
import {
  addPasscode,
  addPasscodeInput,
  passcodeDays,
  revokePasscode,
} from '../../../operations/account/passcodes.ts';
import { MOST_PASSCODES } from '../../../passcodes/passcode.ts';
import { usesOf } from '../../../passcodes/use.ts';
import { addressText } from '../../../net/address.ts';
import { parseFields, type Fields } from '../../forms.ts';
import { confirm } from '../../signed-in/confirm.ts';
import { found, valueOr } from '../../signed-in/found.ts';
import type { Answer } from '../../signed-in/page.ts';
import type { AccountPage, AccountVisit } from '../page.ts';

const PASSCODES = '/account/passcodes';

export const passcodes: AccountPage = {
  path: PASSCODES,
  operation: 'passcode.list',
  section: 'passcodes',
  fresh: false,

  async show({ person, parts, now }) {
    const uses = await usesOf(parts.store, person.id);
    const shown = person.passcodes.map(
      ({ id, name, protocols, networks, createdAt, expiresAt }) => {
        const use = uses.get(id);
        const expired = expiresAt !== null && expiresAt <= now;
        const last = use
          ? { at: use.at, protocol: use.protocol, address: addressText(use.address) }
          : null;
        return { id, name, protocols, networks, createdAt, expiresAt, expired, last };
      },
    );
    const mayAdd = shown.length < MOST_PASSCODES;
    return { show: 'account/passcodes', context: { passcodes: shown, mayAdd } };
  },
};

function newPasscodePage(
  { who: { organisation } }: AccountVisit,
  fields: Fields,
  errors: Record<string, string | { code: string; values: object }>,
  status = 200,
): Answer {
  const none = Object.keys(fields).length === 0;
  const chosen = PROTOCOLS.map((id) => ({ id, on: none ? id !== 'sieve' : fields[id] === 'yes' }));
  const expiries = passcodeDays(organisation);
  const {
    name = '',
    days = expiries.includes('0') ? '0' : (expiries.at(-1) ?? '0'),
    networks = '',
  } = fields;
  const mustName = organisation.passcodeNetworks === true;
  const context = { name, days, networks, expiries, mustName, protocols: chosen, errors };
  return { show: 'account/passcode-new', context, status };
}

/** What the organisation does not let them choose. */
const FIELD_OF: Readonly<Record<string, string>> = {
  'passcode-days': 'days',
  'passcode-networks': 'networks',
};

export const passcodeNew: AccountPage = {
  path: `${PASSCODES}/new`,
  operation: 'passcode.add',
  section: 'passcodes',
  fresh: true,

  show: async (visit) => newPasscodePage(visit, visit.held, {}),

  async submit(visit, fields) {
    const { parts, performed, person } = visit;
    const protocols = PROTOCOLS.filter((id) => fields[id] === 'yes');
    const networks = wordsIn(fields['networks'] ?? '');
    const parsed = parseFields(addPasscodeInput, { ...fields, protocols, networks });
    if (!parsed.ok) return newPasscodePage(visit, fields, parsed.errors, 400);
    const made = await addPasscode(parts, performed, person, parsed.values);
    if (!made.ok && made.problem.code === 'passcode-limit')
      return { to: PASSCODES, said: { what: 'passcode-limit', values: made.problem.values } };
    const field = made.ok ? undefined : FIELD_OF[made.problem.code];
    if (!made.ok && field !== undefined) {
      const { code, values } = made.problem;
      return newPasscodePage(visit, fields, { [field]: { code, values } }, 400);
    }
    const { letters } = valueOr(made, PASSCODES);
    // They are on the answer to this very form, and nowhere else ever.
    const { name } = parsed.values;
    const context = { letters: letters.split(' '), name, login: person.login };
    return { show: 'account/passcode-made', context };
  },
};

/** Separated by blanks, commas or lines. */
function wordsIn(typed: string): string[] {
  return typed.split(/[\s,;]+/u).filter((word) => word !== '');
}

export const passcodeRevoke: AccountPage = {
  path: `${PASSCODES}/:id/revoke`,
  operation: 'passcode.revoke',
  section: 'passcodes',
  fresh: true,

  async show(visit) {
    return confirm('passcode-revoke', { back: PASSCODES, values: { name: nameOf(visit) } });
  },

  async submit({ parts, performed, person, params }) {
    const revoked = await revokePasscode(parts, performed, person, params['id'] ?? '');
    const { name } = valueOr(revoked, PASSCODES);
    return { to: PASSCODES, said: { what: 'passcode-revoked', values: { name } } };
  },
};

function nameOf({ person, params }: AccountVisit): string {
  const passcode = person.passcodes.find(({ id }) => id === params['id']);
  return found(passcode, PASSCODES).name;
}

export const passcodePages: readonly AccountPage[] = [passcodes, passcodeNew, passcodeRevoke];
