/** `/account/two-step`: the factors that the person has; setting one up leads through the sign-in's own wizard. */
import { type FactorId, FACTOR_IDS } from '../../records/factor-id.ts';
import { FACTORS, isEnrolled } from '../../policy/factors.ts';
import { codesLeft } from '../../factors/one-time-codes.ts';
import { isRequiredNow } from '../../operations/factors/removal.ts';
import { MOST_AUTHENTICATORS } from '../../operations/factors/totp-enrolment.ts';
import { allowedFactors, mayEnrol, requiredFrom } from '../../policy/assurance.ts';
import { maskAddress } from '../../factors/email-code.ts';
import { found } from './found.ts';
import type { AccountPage, AccountVisit } from './page.ts';

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
    const context = {
      enrolled,
      required,
      requiredFrom: required ? null : (requiredFrom(who) ?? null),
      authenticators: person.authenticators.map(({ id, name, createdAt }) => ({
        id,
        name: name ?? '',
        createdAt,
      })),
      passkeys: person.passkeys.map(({ id, name, createdAt, synced }) => ({
        id,
        name,
        createdAt,
        synced,
      })),
      email: emailOf(visit),
      codesLeft: codesLeft(person),
      hasCodes: person.oneTimeCodes !== null,
      canAdd: addable(visit),
      mayDisable: enrolled && !required,
    };
    return { show: 'account/two-step', context };
  },
};

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
  return FACTOR_IDS.filter((id) => {
    if (FACTORS[id].enrolStep === null || !allowed.includes(id)) return false;
    if (id === 'totp') return person.authenticators.length < MOST_AUTHENTICATORS;
    return id !== 'email-code' || !FACTORS[id].isEnrolled(person);
  });
}

/** Out to the wizard. It begins with the password, and asks for a factor where there is one. */
export const setUp: AccountPage = {
  path: `${TWO_STEP}/set-up/:factor`,
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
    const { id } = found(
      person.authenticators.find((each) => each.id === params['id']),
      TWO_STEP,
    );
    return { enrol: 'totp', to: TWO_STEP, replaces: id };
  },
};

export const twoStepPages: readonly AccountPage[] = [twoStep, setUp, replace];
