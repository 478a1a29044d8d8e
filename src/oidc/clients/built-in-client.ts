/** The account pages' client is Latchkey's own (account-client.ts): what nobody can do with it, and why. */
import { Problem } from '../../problem.ts';
import { CLIENT_OPTIONS } from './client-options.ts';

export const ACCOUNT_CLIENT = 'latchkey-account';

/** Of acts on the whole of it. */
const ACTS = {
  add: 'it registers itself',
  remove: 'without it nobody could look after their account',
  'rotate-secret': 'nobody has its secret, as its codes are redeemed by the server itself',
  'remove-secret': 'nobody has its secret, as its codes are redeemed by the server itself',
} as const;

/** Of its options: what each must stay, and the reason. */
const KEPT: Readonly<Record<string, { value: unknown; reason: string }>> = {
  firstParty: { value: true, reason: 'nobody is asked for consent to their own account' },
  organisations: { value: null, reason: 'everybody has an account' },
  requirePkce: { value: true, reason: 'it always sends it' },
  offlineAccess: { value: false, reason: 'it holds no tokens' },
  clientUri: { value: null, reason: 'its address is the issuer’s' },
};
/** What may be asked of the sign-ins to it. */
const CHANGEABLE: ReadonlySet<string> = new Set(['requireAcr', 'acceptTrust']);

/** Problem `client-built-in`. */
export function checkBuiltInAct(id: string, act: keyof typeof ACTS): void {
  if (id === ACCOUNT_CLIENT) throw refusal(`client ${act}`, ACTS[act]);
}

/** Problem `client-built-in` for the first given field that must stay what it is. */
export function checkBuiltInChange(id: string, change: object): void {
  if (id !== ACCOUNT_CLIENT) return;
  for (const [name, value] of Object.entries(change)) {
    const { reason, ...kept } = KEPT[name] ?? { reason: 'the server itself sees to it' };
    const isKept = 'value' in kept && value === kept.value;
    if (!CHANGEABLE.has(name) && !isKept) throw refusal(`--${flagOf(name)}`, reason);
  }
}

function flagOf(name: string): string {
  const options: Readonly<Record<string, { flag: string }>> = CLIENT_OPTIONS;
  return options[name]?.flag ?? name;
}

function refusal(act: string, reason: string): Problem {
  return new Problem('client-built-in', {
    status: 409,
    values: { id: ACCOUNT_CLIENT, act, reason },
  });
}
