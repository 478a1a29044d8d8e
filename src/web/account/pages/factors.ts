/** One authenticator or passkey: its name, its removal; and switching two-step authentication off. */
import { z } from 'zod';
import { disableMfa, mayDisableMfa } from '../../../operations/factors/disable-mfa.ts';
import { removeFactor } from '../../../operations/factors/remove-factor.ts';
import { renameFactor } from '../../../operations/factors/rename-factor.ts';
import { isRequiredNow } from '../../../policy/assurance.ts';
import { findFactor, isLastFactor, type OneFactor } from '../../../policy/enrolled-factors.ts';
import { FACTORS } from '../../../policy/factors.ts';
import { FACTOR_IDS, type FactorId } from '../../../records/factor-id.ts';
import { parseFields, text, type Fields } from '../../forms.ts';
import { confirm } from '../../signed-in/confirm.ts';
import { found, valueOr } from '../../signed-in/found.ts';
import type { Answer } from '../../signed-in/page.ts';
import type { AccountPage, AccountVisit } from '../page.ts';
import { TWO_STEP } from './two-step.ts';

const nameForm = z.object({
  name: text(60).pipe(z.string().trim().min(1, 'required')),
  before: text(60),
});

/** What the path names, when it is this person's. */
function oneOf({ person, params }: AccountVisit, factor: FactorId): OneFactor & { name: string } {
  const { id, name } = found(findFactor(person, { factor, id: params['id'] ?? '' }), TWO_STEP);
  return { factor, id, name };
}

function renamePage(factor: FactorId): AccountPage {
  const show = (visit: AccountVisit, errors: Fields, status = 200): Answer => {
    const { name } = oneOf(visit, factor);
    const value = visit.held['name'] ?? name;
    const context = { factor, name, value, errors, back: TWO_STEP };
    return { show: 'account/factor-name', context, status };
  };
  return {
    path: `${TWO_STEP}/${FACTORS[factor].shownAs}/:id`,
    operation: 'factor.rename',
    section: 'two-step',
    fresh: true,
    show: async (visit) => show(visit, {}),
    async submit(visit, fields) {
      const one = oneOf(visit, factor);
      const parsed = parseFields(nameForm, fields);
      if (!parsed.ok) return show({ ...visit, held: fields }, parsed.errors, 400);
      const { parts, performed, person } = visit;
      const input = { ...one, ...parsed.values };
      const { name } = valueOr(await renameFactor(parts, performed, person, input), TWO_STEP);
      return { to: TWO_STEP, said: { what: 'renamed', values: { name } } };
    },
  };
}

function removePage(factor: FactorId): AccountPage {
  return {
    path: `${TWO_STEP}/${FACTORS[factor].shownAs}/:id/remove`,
    operation: 'factor.remove',
    section: 'two-step',
    fresh: true,
    async show(visit) {
      const one = oneOf(visit, factor);
      const values = { name: one.name };
      if (isLastFactor(visit.who, one, visit.parts.available)) return lastOne(visit);
      return confirm(`${one.factor}-remove`, { back: TWO_STEP, values });
    },
    async submit(visit) {
      const { parts, performed, who } = visit;
      const removed = await removeFactor(parts, performed, who, oneOf(visit, factor));
      if (!removed.ok && removed.problem.code === 'last-factor') return lastOne(visit);
      return goneFrom(valueOr(removed, TWO_STEP), 'removed');
    },
  };
}

/** To go on would switch two-step authentication off, which is asked for by its name, if it may be at all. */
function lastOne({ who, now }: AccountVisit): Answer {
  if (isRequiredNow(who, now)) return { to: TWO_STEP, said: { what: 'last-factor', values: {} } };
  return { to: `${TWO_STEP}/disable` };
}

export const disable: AccountPage = {
  path: `${TWO_STEP}/disable`,
  operation: 'mfa.disable',
  section: 'two-step',
  fresh: true,

  async show({ who, now }) {
    found(mayDisableMfa(who, now) || undefined, TWO_STEP);
    return confirm('disable', { back: TWO_STEP });
  },

  async submit({ parts, performed, who }) {
    return goneFrom(valueOr(await disableMfa(parts, performed, who), TWO_STEP), 'disabled');
  },
};

function goneFrom({ epoch }: { epoch: number }, what: string): Answer {
  return { to: TWO_STEP, said: { what, values: {} }, carry: { epoch } };
}

/** Of the factors that a person can have several of, each with a name. */
export const factorPages: readonly AccountPage[] = [
  disable,
  ...FACTOR_IDS.flatMap((id) => (FACTORS[id].renamed ? [renamePage(id), removePage(id)] : [])),
];
