/** A code by mail to the verified secondary address. */
import { shownSender } from '../../src/mail/sender.ts';
import { maskAddress } from '../../src/text/mailbox.ts';
import { parseFields, text } from '../../src/web/forms.ts';
import { z } from 'zod';
import { codePage, submitCode } from '../parts/code-page.ts';
import { countersAhead, type CountersRead } from '../parts/counters-ahead.ts';
import { newsOf, sendCode } from '../parts/send-code.ts';
import type { Answer, Step, Visit } from '../step.ts';

const form = z.object({ go: text(20) });

export const emailCode: Step<CountersRead> = {
  name: 'email-code',

  async show(visit) {
    return codePage(visit, 'email-code', undefined, await more(visit));
  },

  ahead: countersAhead,

  async submit(visit, fields, ahead) {
    const parsed = parseFields(form, fields);
    if (parsed.ok && parsed.values.go === 'send') return send(visit);
    return submitCode(visit, 'email-code', fields, { more: await more(visit), ahead });
  },
};

async function send(visit: Visit): Promise<Answer> {
  const address = visit.person?.secondaryEmail?.address;
  const problem = address === undefined ? undefined : await sendCode(visit, address);
  if (!problem) return { page: '' };
  return codePage(visit, 'email-code', { problem, status: 429 }, await more(visit));
}

async function more(visit: Visit): Promise<object> {
  const { config } = visit.parts;
  return {
    masked: maskAddress(visit.person?.secondaryEmail?.address ?? ''),
    sent: await newsOf(visit),
    minutes: Math.round(config.lifetimes.email_code / 60),
    sender: shownSender(config, visit.who?.organisation.senderName),
  };
}
