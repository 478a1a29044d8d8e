/** Login name and password. */
import { z } from 'zod';
import { findPerson, type Person } from '../src/accounts/person.ts';
import {
  PASSWORD_RULE,
  clearAttempts,
  passwordCounter,
  takeAttempt,
  unknownNameCounter,
} from '../src/factors/attempts.ts';
import { changeSignIn } from '../src/oidc/sign-in-record.ts';
import { fold } from '../src/accounts/person.ts';
import { parseFields, text } from '../src/web/forms.ts';
import type { Notice } from '../src/web/pages.ts';
import type { Answer, Step, Visit } from './step.ts';

const form = z.object({
  login: text(255).pipe(z.string().min(1, 'login-required')),
  password: text(1024).pipe(z.string().min(1, 'password-required')),
});

export const password: Step = {
  name: 'password',

  async show(visit) {
    const { login_hint: hint } = visit.record.payload.params ?? {};
    const again: Notice = { code: 'signed-in-again', values: {} };
    return page(visit, typeof hint === 'string' ? hint.slice(0, 255) : '', {
      problem: visit.record.stage === 'again' ? again : null,
    });
  },

  async submit(visit, fields) {
    const parsed = parseFields(form, fields);
    if (!parsed.ok)
      return page(visit, fields['login'] ?? '', { errors: parsed.errors, status: 400 });
    const { login, password: given } = parsed.values;
    const { store, vault, passwords } = visit.parts;

    const person = await findPerson(store, login);
    const counter = person
      ? passwordCounter(person.id)
      : unknownNameCounter(vault.hash('login', fold(login)));
    const taken = await takeAttempt(store, counter, PASSWORD_RULE, visit.now);
    if (!taken.taken) {
      const seconds = taken.reason === 'wait' ? taken.seconds : 0;
      return page(visit, login, { problem: { code: 'wait', values: { seconds } }, status: 429 });
    }
    const matches = await passwords.matches(given, person?.active ? person.passwordHash : null);
    if (!person || !matches) {
      return page(visit, login, { problem: { code: 'wrong-password', values: {} }, status: 400 });
    }
    await Promise.all([clearAttempts(store, counter), proven(visit, person)]);
    return { next: true };
  },
};

/** Whatever was proven here for somebody else, or under an older epoch, is gone with this. */
async function proven(visit: Visit, person: Person): Promise<void> {
  await changeSignIn(visit.parts.store, visit.id, (record) => {
    const same = record.person?.id === person.id && record.person.epoch === person.epoch;
    const before = same ? record.proofs : [];
    return {
      ...record,
      person: { id: person.id, epoch: person.epoch },
      proofs: [...before, { method: 'password', at: visit.now }],
      stage: 'sign-in',
    };
  });
}

function page(
  visit: Visit,
  login: string,
  said: { problem?: Notice | null; errors?: Record<string, string>; status?: number },
): Answer {
  const { problem = null, errors = {}, status = 200 } = said;
  const context = { client: visit.client, login, problem, errors };
  return { show: 'interactions/password', context, status };
}
