/** `/account/two-step`: the factors that the person has; setting one up leads through the sign-in's own wizard. */
import { type FactorId, FACTOR_IDS } from '../../../records/factor-id.ts';
import { FACTORS, isEnrolled } from '../../../policy/factors.ts';
import { codesLeft } from '../../../factors/one-time-codes.ts';
import { mayDisableMfa } from '../../../operations/factors/disable-mfa.ts';
import {
  isRequiredNow,
  allowedFactors,
  mayEnrol,
  requiredFrom,
} from '../../../policy/assurance.ts';
import { findFactor, isFull, listFactors } from '../../../policy/enrolled-factors.ts';
import type { Person } from '../../../records/person.ts';
import { maskAddress } from '../../../text/mailbox.ts';
import { found } from '../../signed-in/found.ts';
import type { AccountPage, AccountVisit } from '../page.ts';

export const TWO_STEP = '/account/two-step';

export const twoStep: AccountPage = {
  path: TWO_STEP,
  operation: 'account.show',
  section: 'two-step',
  fresh: false,

  async show(visit) {
    const { person, who, now } = visit;
    const enrolled = isEnrolled(person);
    const required = isRequiredNow(who, now);
    const canAdd = addable(visit);
    const context = {
      enrolled,
      required,
      requiredFrom: required ? null : (requiredFrom(who) ?? null),
      panels: panels(person, canAdd),
      email: emailOf(visit),
      codesLeft: codesLeft(person),
      hasCodes: person.oneTimeCodes !== null,
      canAdd,
      first: canAdd.find((id) => id === FACTOR_IDS[0]) ?? null,
      mayDisable: mayDisableMfa(who, now),
    };
    return { show: 'account/two-step', context };
  },
};

/** One a factor, in the order of the table; each has a template of its own. */
function panels(person: Person, canAdd: readonly FactorId[]) {
  return listFactors(person).map(({ factor, items }) => {
    const { shownAs, label } = FACTORS[factor];
    return { factor, shownAs, label, items, canAdd: canAdd.includes(factor) };
  });
}

/** Codes by mail: on since when, to which address; null: there is no verified address. */
function emailOf({ person }: AccountVisit): { masked: string; since: number | null } | null {
  const { secondaryEmail, emailMfaSince } = person;
  if (!secondaryEmail?.verifiedAt) return null;
  return { masked: maskAddress(secondaryEmail.address), since: emailMfaSince };
}

/** The factors that could be set up now. */
function addable({ person, who, parts }: AccountVisit): FactorId[] {
  if (!mayEnrol(who)) return [];
  const allowed = allowedFactors(who, parts.available);
  return FACTOR_IDS.filter(
    (id) => FACTORS[id].enrolStep !== null && allowed.includes(id) && !isFull(person, id),
  );
}

/** Where a factor is set up, of those that have a set-up. */
export const setUpPath = (factor: string): string => `${TWO_STEP}/set-up/${factor}`;

/** Out to the wizard. It begins with the password, and asks for a factor where there is one. */
export const setUp: AccountPage = {
  path: setUpPath(':factor'),
  operation: 'factor.enrol',
  section: 'two-step',
  fresh: false,

  async show(visit) {
    const factor = addable(visit).find((id) => id === visit.params['factor']);
    return { enrol: found(factor, TWO_STEP), to: TWO_STEP };
  },
};

/** The old authenticator works until the new one is proven: both are exchanged in one write. */
export const replace: AccountPage = {
  path: `${TWO_STEP}/authenticators/:id/replace`,
  operation: 'factor.enrol',
  section: 'two-step',
  fresh: false,

  async show({ person, params }) {
    const { id } = found(findFactor(person, { factor: 'totp', id: params['id'] ?? '' }), TWO_STEP);
    return { enrol: 'totp', to: TWO_STEP, replaces: id };
  },
};

export const twoStepPages: readonly AccountPage[] = [twoStep, setUp, replace];
