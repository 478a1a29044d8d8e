/** One authenticator or passkey: its name, its removal; and switching two-step authentication off. */
import { z } from 'zod';
import {
  isRequiredNow,
  removeEveryFactor,
  removeFactor,
  renameFactor,
  type Removed,
} from '../../operations/factors/removal.ts';
import { forgetPasskeyCounter } from '../../factors/passkey.ts';
import { findFactor, isLastFactor, type OneFactor } from '../../policy/enrolled-factors.ts';
import { FACTORS, isEnrolled } from '../../policy/factors.ts';
import { FACTOR_IDS, type FactorId } from '../../records/factor-id.ts';
import { parseFields, text, type Fields } from '../forms.ts';
import { confirm } from './confirm.ts';
import { changedMeanwhile, found } from './found.ts';
import type { AccountPage, AccountVisit, Answer } from './page.ts';
import { postPerson, told } from './report.ts';
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
    return { show: 'account/factor-name', context: { factor, name, value, errors }, status };
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
      const { name: after, before } = parsed.values;
      const messages = await told(
        visit,
        { type: 'factor.renamed', details: { factor: one.factor } },
        { template: 'account-changed', values: { what: `${one.factor}-renamed`, name: after } },
      );
      const names = { before, after };
      if (!(await renameFactor(visit.parts.store, visit.person.id, one, names, messages)))
        throw changedMeanwhile(TWO_STEP);
      postPerson(visit);
      return { to: TWO_STEP, said: { what: 'renamed', values: { name: after } } };
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
      const one = oneOf(visit, factor);
      const { parts, person, who, now } = visit;
      if (isLastFactor(who, one, parts.available)) return lastOne(visit);
      const messages = await told(
        visit,
        { type: 'factor.removed', details: { factor: one.factor } },
        { template: 'account-changed', values: { what: `${one.factor}-removed`, name: one.name } },
      );
      const removed = await removeFactor(parts.store, person, one, messages, now);
      if (removed.verdict === 'removed' && one.factor === 'passkey')
        await forgetPasskeyCounter(parts, one.id);
      return after(visit, removed, 'removed');
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

  async show({ person, who, now }) {
    found(isEnrolled(person) && !isRequiredNow(who, now) ? true : undefined, TWO_STEP);
    return confirm('disable', { back: TWO_STEP });
  },

  async submit(visit) {
    const { parts, person, who, now } = visit;
    found(isEnrolled(person) && !isRequiredNow(who, now) ? true : undefined, TWO_STEP);
    const messages = await told(
      visit,
      { type: 'mfa.disabled' },
      { template: 'account-changed', values: { what: 'mfa-disabled', name: '' } },
    );
    const removed = await removeEveryFactor(parts.store, person, messages, now);
    if (removed.verdict === 'removed')
      await Promise.all(person.passkeys.map(({ id }) => forgetPasskeyCounter(parts, id)));
    return after(visit, removed, 'disabled');
  },
};

function after(visit: AccountVisit, removed: Removed, said: string): Answer {
  if (removed.verdict === 'changed') throw changedMeanwhile(TWO_STEP);
  postPerson(visit);
  return { to: TWO_STEP, said: { what: said, values: {} }, carry: { epoch: removed.epoch } };
}

/** Of the factors that a person can have several of, each with a name. */
export const factorPages: readonly AccountPage[] = [
  disable,
  ...FACTOR_IDS.flatMap((id) => (FACTORS[id].renamed ? [renamePage(id), removePage(id)] : [])),
];
