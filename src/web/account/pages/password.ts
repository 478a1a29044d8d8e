/** `/account/password`: the password, and the addresses that mails go to. */
import {
  changePassword,
  changePasswordInput,
} from '../../../operations/password/change-password.ts';
import { shortestPassword } from '../../../operations/password/new-password.ts';
import { hasFaults, type Faults, type Problem } from '../../../problem.ts';
import { maskAddress } from '../../../text/mailbox.ts';
import type { Notice } from '../../pages.ts';
import { addressPages } from './address.ts';
import type { Answer } from '../../signed-in/page.ts';
import type { AccountPage, AccountVisit } from '../page.ts';

export const PASSWORD = '/account/password';

export const passwordAndAddresses: AccountPage = {
  path: PASSWORD,
  operation: 'account.show',
  section: 'password',
  fresh: false,

  async show({ person, parts, missing }) {
    const { secondaryEmail: second } = person;
    // It can be a second factor: in full for a fresh proof only.
    const shown = missing ? maskAddress : (address: string): string => address;
    const context = {
      mailbox: person.email,
      second: second && { address: shown(second.address), verified: second.verifiedAt !== null },
      codesByMail: person.emailMfaSince !== null,
      canMail: parts.config.mail.smtp_url !== undefined,
    };
    return { show: 'account/password', context };
  },
};

function passwordPage(
  { parts, person }: AccountVisit,
  errors: Faults,
  problem: Notice | null,
  status = 200,
): Answer {
  const minimum = shortestPassword(parts.config, person);
  const context = { login: person.login, minimum, errors, problem };
  return { show: 'account/password-change', context, status };
}

export const passwordChange: AccountPage = {
  path: `${PASSWORD}/change`,
  operation: 'password.change',
  section: 'password',
  fresh: true,

  show: async (visit) => passwordPage(visit, {}, null),

  async submit(visit, fields) {
    const { parts, person, browser, performed } = visit;
    const at = { person, browser };
    const given = changePasswordInput.parse({ ...fields });
    const changed = await changePassword(parts, performed, at, given);
    if (!changed.ok) return refusedPage(visit, changed.problem);
    const said = { what: 'password-changed', values: {} };
    return { to: PASSWORD, said, carry: changed.value };
  },
};

/** What is wrong with a field is told there. */
function refusedPage(visit: AccountVisit, problem: Problem): Answer {
  if (hasFaults(problem)) return passwordPage(visit, problem.faults, null, 400);
  if (problem.code === 'wait') return passwordPage(visit, {}, problem, 429);
  if (problem.code !== 'changed-elsewhere') throw problem;
  return passwordPage(visit, {}, problem, 400);
}

export const passwordPages: readonly AccountPage[] = [
  passwordAndAddresses,
  passwordChange,
  ...addressPages,
];
