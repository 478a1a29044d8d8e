/** Values such as each template gets. */
import type { Mail, MailTemplate } from '../../src/mail/mail.ts';

const organisation = 'Müller & Söhne';
const at = 1_800_000_000_000;
const scene = { at, browser: 'Firefox on Windows', address: '2001:db8::7' };
const code = { code: '042917', reference: 'K7QF', minutes: 15 };

const VALUES: Record<MailTemplate, Mail['values']> = {
  'email-code': { ...code, organisation, client: 'Webmail' },
  'factor-enrolled': { factor: 'totp', organisation, ...scene },
  'factors-reset': { organisation, at },
  'one-time-code-used': { left: 2, organisation, ...scene },
  'one-time-codes-made': { organisation, ...scene },
  suspended: { organisation, at, address: scene.address },
  unlocked: { organisation, at },
  'new-computer': { organisation, client: 'Webmail', ...scene },
  'computer-theft': { organisation, ...scene },
  'password-set': { organisation, at, address: scene.address },
};

export function sampleValues(template: MailTemplate): Mail['values'] {
  return VALUES[template];
}
