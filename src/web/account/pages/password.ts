/** `/account/password`: the password, and the addresses that mails go to. */
import {
  changePassword,
  changePasswordInput,
} from '../../../operations/password/change-password.ts';
import { shortestPassword } from '../../../operations/password/new-password.ts';
import type { Problem, ProblemCode } from '../../../problem.ts';
import { isSamePassword } from '../../../factors/password-rules.ts';
import { maskAddress } from '../../../factors/email-code.ts';
import { parseFields, text } from '../../forms.ts';
import type { Notice } from '../../pages.ts';
import { addressPages } from './address.ts';
import type { AccountPage, AccountVisit, Answer } from '../page.ts';

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

const form = changePasswordInput
  .extend({ password_repeat: text(1024) })
  .refine((fields) => isSamePassword(fields.password, fields.password_repeat), {
    path: ['password_repeat'],
    message: 'password-repeat',
  });

function passwordPage(
  { parts, person }: AccountVisit,
  errors: Readonly<Record<string, string>>,
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
    const parsed = parseFields(form, fields);
    if (!parsed.ok) return passwordPage(visit, parsed.errors, null, 400);
    const at = { person, browser };
    const changed = await changePassword(parts, performed, at, parsed.values);
    if (!changed.ok) return refusedPage(visit, changed.problem);
    const said = { what: 'password-changed', values: {} };
    return { to: PASSWORD, said, carry: changed.value };
  },
};

/** What is wrong with the new one is told at its field. */
function refusedPage(visit: AccountVisit, problem: Problem): Answer {
  if (problem.code === 'wait') return passwordPage(visit, {}, problem, 429);
  const isOfNew = problem.code.startsWith('password-') && problem.code !== 'password-present';
  if (isOfNew) return passwordPage(visit, { password: problem.code }, problem, 400);
  if (!AT_FORM.includes(problem.code)) throw problem;
  return passwordPage(visit, {}, problem, 400);
}

/** Of the form as a whole. */
const AT_FORM: readonly ProblemCode[] = ['password-present', 'changed-elsewhere'];

export const passwordPages: readonly AccountPage[] = [
  passwordAndAddresses,
  passwordChange,
  ...addressPages,
];
