/** `/account/computers`: the computers that stand in for a second factor, and ending the trust in them. */
import { z } from 'zod';
import {
  computerOf,
  isStanding,
  listComputers,
  type TrustedComputer,
} from '../../../devices/trusted-computer.ts';
import {
  revokeOtherTrustedComputers,
  revokeTrustedComputer,
} from '../../../operations/account/trusted-computers.ts';
import { renameTrustedComputer } from '../../../operations/account/rename-trusted-computer.ts';
import { trustBasis, trustRules } from '../../../devices/trust.ts';
import { parseFields, text, type Fields } from '../../forms.ts';
import { confirm } from '../../signed-in/confirm.ts';
import { found, valueOr } from '../../signed-in/found.ts';
import type { Answer } from '../../signed-in/page.ts';
import type { AccountPage, AccountVisit } from '../page.ts';

const COMPUTERS = '/account/computers';

const nameForm = z.object({
  name: text(60).pipe(z.string().trim().min(1, 'required')),
  before: text(100),
});

/** As a client that asks for nothing more has it. */
const ANY_CLIENT = { id: '', requireAcr: null, acceptTrust: true, organisations: null };

/** Those that are still trusted, the one at hand first. */
async function standing(
  visit: AccountVisit,
): Promise<{ all: TrustedComputer[]; here: string | null; days: number }> {
  const { parts, who, person, now, ctx } = visit;
  const token = parts.computerCookie.read(ctx, person.id);
  const here = computerOf(parts.vault, token, person.id) ?? null;
  const rules = trustRules(who, ANY_CLIENT, parts.available);
  const all = (await listComputers(parts, person.id)).filter((computer) =>
    isStanding(computer, trustBasis(who), rules, now),
  );
  const last = ({ id }: TrustedComputer): number => (id === here ? 0 : 1);
  return { all: all.toSorted((a, b) => last(a) - last(b)), here, days: rules.days };
}

export const computers: AccountPage = {
  path: COMPUTERS,
  operation: 'device.list',
  section: 'computers',
  fresh: false,

  async show(visit) {
    const { all, here, days } = await standing(visit);
    const shown = all.map(({ id, name, browser, createdAt, lastUsedAt, expiresAt }) => ({
      id,
      name,
      browser,
      createdAt,
      lastUsedAt,
      expiresAt,
      here: id === here,
    }));
    const others = shown.filter((computer) => !computer.here).length;
    return { show: 'account/computers', context: { computers: shown, others, days } };
  },
};

/** What the path names, while it is trusted. */
async function oneOf(visit: AccountVisit): Promise<TrustedComputer & { here: string | null }> {
  const { all, here } = await standing(visit);
  const computer = all.find(({ id }) => id === visit.params['id']);
  return { ...found(computer, COMPUTERS), here };
}

async function namePage(visit: AccountVisit, errors: Fields, status = 200): Promise<Answer> {
  const { name, browser } = await oneOf(visit);
  const value = visit.held['name'] ?? name;
  const context = { factor: 'computer', name, browser, value, errors, back: COMPUTERS };
  return { show: 'account/factor-name', context, status };
}

export const computerRename: AccountPage = {
  path: `${COMPUTERS}/:id`,
  operation: 'device.rename',
  section: 'computers',
  fresh: true,

  show: (visit) => namePage(visit, {}),

  async submit(visit, fields) {
    const parsed = parseFields(nameForm, fields);
    if (!parsed.ok) return namePage({ ...visit, held: fields }, parsed.errors, 400);
    const { parts, performed, person } = visit;
    const input = { id: (await oneOf(visit)).id, ...parsed.values };
    const { name } = valueOr(
      await renameTrustedComputer(parts, performed, person, input),
      COMPUTERS,
    );
    return { to: COMPUTERS, said: { what: 'renamed', values: { name } } };
  },
};

export const computerRevoke: AccountPage = {
  path: `${COMPUTERS}/:id/revoke`,
  operation: 'device.revoke',
  section: 'computers',
  fresh: true,

  async show(visit) {
    const { id, name, here } = await oneOf(visit);
    const key = id === here ? 'computer-revoke-here' : 'computer-revoke';
    return confirm(key, { back: COMPUTERS, values: { browser: name } });
  },

  async submit({ parts, performed, person, params }) {
    const revoked = await revokeTrustedComputer(parts, performed, person, params['id'] ?? '');
    const { name: browser } = valueOr(revoked, COMPUTERS);
    return { to: COMPUTERS, said: { what: 'computer-revoked', values: { browser } } };
  },
};

export const computersRevokeOthers: AccountPage = {
  path: `${COMPUTERS}/revoke-others`,
  operation: 'device.revoke-others',
  section: 'computers',
  fresh: true,

  async show(visit) {
    const { all, here } = await standing(visit);
    const count = all.filter(({ id }) => id !== here).length;
    return confirm('computers-revoke-others', { back: COMPUTERS, values: { count } });
  },

  async submit(visit) {
    const { parts, performed, person } = visit;
    const { here } = await standing(visit);
    const revoked = await revokeOtherTrustedComputers(parts, performed, person, here);
    const { count } = valueOr(revoked, COMPUTERS);
    return { to: COMPUTERS, said: { what: 'computers-revoked', values: { count } } };
  },
};

export const computerPages: readonly AccountPage[] = [
  computers,
  computersRevokeOthers,
  computerRename,
  computerRevoke,
];
