/** `/account/computers`: the computers that stand in for a second factor, and ending the trust in them. */
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
import { trustBasis, trustRules } from '../../../devices/trust.ts';
import { confirm } from '../confirm.ts';
import { found, valueOr } from '../found.ts';
import type { AccountPage, AccountVisit } from '../page.ts';

const COMPUTERS = '/account/computers';

/** As a client that asks for nothing more has it. */
const ANY_CLIENT = { requireAcr: null, acceptTrust: true, organisations: null };

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
    const shown = all.map(({ id, browser, createdAt, lastUsedAt, expiresAt }) => ({
      id,
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

export const computerRevoke: AccountPage = {
  path: `${COMPUTERS}/:id/revoke`,
  operation: 'device.revoke',
  section: 'computers',
  fresh: true,

  async show(visit) {
    const { all, here } = await standing(visit);
    const computer = found(
      all.find(({ id }) => id === visit.params['id']),
      COMPUTERS,
    );
    const key = computer.id === here ? 'computer-revoke-here' : 'computer-revoke';
    return confirm(key, { back: COMPUTERS, values: { browser: computer.browser } });
  },

  async submit({ parts, performed, person, params }) {
    const revoked = await revokeTrustedComputer(parts, performed, person, params['id'] ?? '');
    const { browser } = valueOr(revoked, COMPUTERS);
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
  computerRevoke,
];
