/** The account pages' client is Latchkey's own (account-client.ts): what nobody can do with it, and why. */
import { Problem } from '../../problem.ts';

export const ACCOUNT_CLIENT = 'latchkey-account';

/** Of acts on the whole of it. */
const ACTS = {
  add: 'it registers itself',
  remove: 'without it nobody could look after their account',
  'rotate-secret': 'nobody has its secret, as its codes are redeemed by the server itself',
} as const;

/** Of its options: what each must stay, and the reason. Those that are not here may be set. */
const KEPT: Readonly<Record<string, { value: unknown; flag: string; reason: string }>> = {
  firstParty: {
    value: true,
    flag: 'third-party',
    reason: 'nobody is asked for consent to their own account',
  },
  organisations: { value: null, flag: 'org', reason: 'everybody has an account' },
  requirePkce: { value: true, flag: 'require-pkce', reason: 'it always sends it' },
  offlineAccess: { value: false, flag: 'offline-access', reason: 'it holds no tokens' },
  clientUri: { value: null, flag: 'client-uri', reason: 'its address is the issuer’s' },
};

/** Problem `client-built-in`. */
export function checkBuiltInAct(id: string, act: keyof typeof ACTS): void {
  if (id === ACCOUNT_CLIENT) throw refusal(`client ${act}`, ACTS[act]);
}

/** Problem `client-built-in` for the first given field that must stay what it is. */
export function checkBuiltInChange(id: string, change: object): void {
  if (id !== ACCOUNT_CLIENT) return;
  for (const [name, value] of Object.entries(change)) {
    const kept = KEPT[name];
    if (kept && value !== kept.value) throw refusal(`--${kept.flag}`, kept.reason);
  }
}

function refusal(act: string, reason: string): Problem {
  return new Problem('client-built-in', {
    status: 409,
    values: { id: ACCOUNT_CLIENT, act, reason },
  });
}
