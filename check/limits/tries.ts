/** What a wrong password or code costs. One row a counter: add one with its rule. */
import { MOST_FAILURES } from '../../src/operations/installation/set-up-draft.ts';
import { clearedBy, counterOf } from '../../src/factors/counters.ts';
import {
  ADDRESS_RULE,
  CODE_RULE,
  ONE_TIME_RULE,
  PASSWORD_RULE,
  SPRAY,
  USER_CODE_RULE,
  type AttemptRule,
} from '../../src/throttling/attempts.ts';
import { type FactorId, FACTOR_IDS } from '../../src/records/factor-id.ts';
import { LONGEST_INTERVAL, POLL_INTERVAL } from '../../src/oidc/device/polling.ts';
import {
  MOST_WRONG_SECRETS,
  SECRETS_WINDOW,
} from '../../src/oidc/clients/secrets/client-secrets.ts';
import { duration, forgetting, suspension, table, waits } from './words.ts';

interface Row {
  what: string;
  rule: AttemptRule;
  clears: string;
}

const NAMES: Readonly<Record<FactorId, string>> = {
  totp: 'an authenticator code',
  passkey: 'a passkey',
  'email-code': 'a code by email',
  'one-time-codes': 'a one-time code',
};

/** By the rule itself (src/factors/counters.ts). */
function cleared(factor: 'totp' | 'email-code' | 'one-time-codes'): string {
  const whose = { person: 'p', known: undefined };
  const { id } = counterOf(factor, whose);
  const by = FACTOR_IDS.filter((proof) => clearedBy(proof, whose).some((one) => one.id === id));
  return by.map((proof) => NAMES[proof]).join(', ');
}

const ROWS: readonly Row[] = [
  { what: 'password, also of a name that nobody has', rule: PASSWORD_RULE, clears: 'the password' },
  {
    what: 'passwords from one address (IPv6: /64), for whatever names',
    rule: ADDRESS_RULE,
    clears: 'nothing',
  },
  { what: 'authenticator codes', rule: CODE_RULE, clears: cleared('totp') },
  { what: 'codes by email', rule: CODE_RULE, clears: cleared('email-code') },
  { what: 'one-time codes', rule: ONE_TIME_RULE, clears: cleared('one-time-codes') },
  { what: 'code handed over after a reset', rule: ONE_TIME_RULE, clears: 'the code' },
  { what: 'passcodes at the mail server, for one name', rule: PASSWORD_RULE, clears: 'nothing' },
  {
    what: 'passcodes and passwords at the mail server, from one address',
    rule: ADDRESS_RULE,
    clears: 'nothing',
  },
  {
    what: 'codes of devices (`/device`) that no device shows, from one address (IPv6: /64)',
    rule: USER_CODE_RULE,
    clears: 'nothing',
  },
];

export function tries(): string {
  const head = ['Wrong', 'Wait', 'Suspended', 'Forgotten', 'Cleared by'];
  const rows = ROWS.map(({ what, rule, clears }) => [
    what,
    waits(rule),
    suspension(rule),
    forgetting(rule),
    clears,
  ]);
  return `${INTRODUCTION}\n\n${table(head, rows)}\n\n${MORE}`;
}

const INTRODUCTION = `A try is taken before anything is compared, in the store, for all processes together. During a wait
nothing is evaluated, whatever is entered (429), and trying then does not make it longer. What can be no code (letters,
seven digits) costs nothing. A code that is compared with two factors costs a try of both; the counters of one factor are not
those of another. A success takes away the failures that were there when it was tried, not those of guesses made meanwhile.
An administrator (\`latchkey user unlock\`, \`latchkey user reset-mfa\`) clears all of them. A new sign-in, browser, code,
password, set-up or restart clears none.

A computer from which the person has completed a sign-in has tries of its own, so that nobody can lock its owner out: at a
factor's codes only where one that is no weaker was proven there. Wrong ones are in the audit log, a suspension is
mailed to the person.`;

const MORE = `- Wrong passwords from one address are reported after ${SPRAY}, once (event and log).
- A right passcode is accepted however many wrong ones came before it.
- Wrong client secrets (token, introspection, revocation, pushed requests, \`/mail/passcode\`): ${MOST_WRONG_SECRETS.client} for one client from
  one address, ${MOST_WRONG_SECRETS.address} from one address, within ${duration(SECRETS_WINDOW)} in one process; further ones are answered 429 until then, and the first is
  reported. A right secret is accepted all the same.
- A device asks every ${POLL_INTERVAL} seconds (\`interval\`); each poll that comes sooner is answered \`slow_down\` and makes that 5 seconds longer, ${LONGEST_INTERVAL} at most.
- The set-up of the first administrator begins anew after ${MOST_FAILURES} wrong codes.
- A wrong answer of a passkey costs its challenge: the next one is another.`;
