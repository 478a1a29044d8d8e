/** Values such as each template gets. */
import type { Mail, MailTemplate } from '../../src/mail/mail.ts';

const organisation = 'Müller & Söhne';
const at = 1_800_000_000_000;
const person = 'Jane Doe';
const origin = { person, at, browser: 'Firefox on Windows', address: '2001:db8::7' };
const code = { code: '042917', reference: 'K7QF', minutes: 15 };

/** The one mail that carries another link than to the account: the link is what it is for. */
export const LINK = `https://login.acme.test/set-password?token=${'x'.repeat(43)}`;

const VALUES: Record<MailTemplate, Mail['values']> = {
  'email-code': { ...code, ...origin, organisation, client: 'Webmail' },
  'factor-enrolled': { factor: 'totp', organisation, ...origin },
  'factors-reset': { organisation, person, at },
  'one-time-code-used': { left: 2, organisation, ...origin },
  'one-time-codes-made': { organisation, ...origin },
  suspended: { codes: 'totp', organisation, person, at, address: origin.address },
  unlocked: { organisation, person, at },
  'new-computer': { organisation, client: 'Webmail', ...origin },
  'computer-theft': { organisation, ...origin },
  'account-changed': { what: 'totp-renamed', name: 'Pixel 9', organisation, ...origin },
  'password-set': { organisation, ...origin },
  'password-changed': { organisation, ...origin },
  'password-link': { organisation, login: 'jane', minutes: 60, barred: 1, link: LINK, ...origin },
  invitation: { organisation, person, login: 'jane', hours: 168, what: 'new', link: LINK, at },
  reminder: { organisation, person, login: 'jane', what: 'grace', from: at, at },
  'grace-extended': { organisation, person, from: at, reason: 'Abroad until then', at },
  'address-code': { ...code, organisation, at, browser: origin.browser },
  'address-changed': { organisation, what: 'replaced', masked: 'ja•••@h•••.test', ...origin },
  'second-person': {
    organisation,
    person,
    at,
    kind: 'asked',
    act: 'factors-reset',
    about: 'Bob Brandt',
    who: 'Olivia Okafor',
  },
  test: { organisation, person, at },
  'email-mfa-off': { organisation, masked: 'ja•••@h•••.test', ...origin },
};

export function sampleValues(template: MailTemplate): Mail['values'] {
  return VALUES[template];
}
