/** The code of the authenticator app. */
import { z } from 'zod';
import type { Person } from '../src/accounts/person.ts';
import { CODE_RULE, clearAttempts, codeCounter, takeAttempt } from '../src/factors/attempts.ts';
import { secondOfStep, sixDigits, verifyTotp } from '../src/factors/totp.ts';
import { noticeOf } from '../src/factors/code-notice.ts';
import { changeSignIn } from '../src/oidc/sign-in-record.ts';
import { parseFields, text } from '../src/web/forms.ts';
import type { Notice } from '../src/web/pages.ts';
import type { Answer, Step, Visit } from './step.ts';

const form = z.object({ code: text(64) });

export const totp: Step = {
  name: 'totp',

  async show(visit) {
    return page(visit, null);
  },

  async submit(visit, fields) {
    const parsed = parseFields(form, fields);
    const code = parsed.ok ? sixDigits(parsed.values.code) : undefined;
    if (code === undefined) return page(visit, { code: 'code-format', values: {} }, 400);
    const { person, now, parts } = visit;
    if (!person) return { next: true };

    const counter = codeCounter(person.id);
    const taken = await takeAttempt(parts.store, counter, CODE_RULE, now);
    if (!taken.taken) return page(visit, noticeOf(taken), 429);
    const held = { live: person.authenticators, retired: person.retiredAuthenticators };
    const verdict = await verifyTotp(parts, held, code, now);
    if (verdict.verdict !== 'accepted') return page(visit, noticeOf(verdict), 400);

    await Promise.all([clearAttempts(parts.store, counter), proven(visit, person)]);
    return { next: true };
  },
};

async function proven({ parts, id, now }: Visit, person: Person): Promise<void> {
  await changeSignIn(parts.store, id, (record) =>
    record.person && record.person.id !== person.id
      ? record
      : {
          ...record,
          person: { id: person.id, epoch: person.epoch },
          proofs: [...record.proofs, { method: 'totp', at: now }],
        },
  );
}

function page(visit: Visit, problem: Notice | null, status = 200): Answer {
  const context = {
    login: visit.person?.login ?? '',
    problem,
    errors: {},
    second: secondOfStep(visit.now),
  };
  return { show: 'interactions/totp', context, status };
}
