/** `/account/password`: the password, and the addresses that mails go to. */
import { z } from 'zod';
import { changePassword, shortestPassword } from '../../operations/account/change-password.ts';
import { isSamePassword } from '../../factors/password-rules.ts';
import { maskAddress } from '../../factors/email-code.ts';
import { parseFields, text } from '../forms.ts';
import type { Notice } from '../pages.ts';
import { addressPages } from './address.ts';
import type { AccountPage, AccountVisit, Answer } from './page.ts';

export const PASSWORD = '/account/password';

export const passwordAndAddresses: AccountPage = {
  path: PASSWORD,
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

const form = z
  .object({
    present: text(1024).pipe(z.string().min(1, 'required')),
    password: text(1024).pipe(z.string().min(1, 'required')),
    password_repeat: text(1024),
  })
  .refine((fields) => isSamePassword(fields.password, fields.password_repeat), {
    path: ['password_repeat'],
    message: 'password-repeat',
  });

function page(
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
  section: 'password',
  fresh: true,

  show: async (visit) => page(visit, {}, null),

  async submit(visit, fields) {
    const { parts, person, browser, performed } = visit;
    const parsed = parseFields(form, fields);
    if (!parsed.ok) return page(visit, parsed.errors, null, 400);
    const { present, password: wanted } = parsed.values;
    const at = { person, browser };
    const changed = await changePassword(parts, at, { present, wanted }, performed);
    if (changed.changed)
      return {
        to: PASSWORD,
        said: { what: 'password-changed', values: {} },
        carry: { epoch: changed.epoch },
      };
    const { field, problem } = changed;
    const status = problem.code === 'wait' ? 429 : 400;
    if (field === 'wanted') return page(visit, { password: problem.code }, problem, status);
    return page(visit, {}, problem, status);
  },
};

export const passwordPages: readonly AccountPage[] = [
  passwordAndAddresses,
  passwordChange,
  ...addressPages,
];
