/** Some clients are Latchkey's own (own/own-client.ts): what nobody can do with them, and why. */
import { ACR } from '../../policy/factors.ts';
import { Problem } from '../../problem.ts';
import { CLIENT_OPTIONS } from './client-options.ts';
import { ACCOUNT_CLIENT, ADMIN_CLIENT, isOwnClient } from './own/own-clients.ts';

/** Of acts on the whole of it. */
const ACTS = {
  add: 'it registers itself',
  'rotate-secret': 'nobody has its secret, as its codes are redeemed by the server itself',
  'remove-secret': 'nobody has its secret, as its codes are redeemed by the server itself',
} as const;

/** Of the act of removing one. */
const WITHOUT: Readonly<Record<string, string>> = {
  [ACCOUNT_CLIENT]: 'without it nobody could look after their account',
  [ADMIN_CLIENT]: 'without it nobody could administer the installation in a browser',
};

type Kept = Readonly<Record<string, { value: unknown; reason: string }>>;

/** Of its options: what each must stay, and the reason. */
const KEPT: Kept = {
  firstParty: { value: true, reason: 'nobody is asked for consent to their own account' },
  organisations: { value: null, reason: 'everybody has an account' },
  requirePkce: { value: true, reason: 'it always sends it' },
  offlineAccess: { value: false, reason: 'it holds no tokens' },
  clientUri: { value: null, reason: 'its address is the issuer’s' },
};
const KEPT_OF_CONSOLE: Kept = {
  ...KEPT,
  firstParty: { value: true, reason: 'it is the installation’s own' },
  organisations: { value: null, reason: 'it is open to whoever has a role above member' },
  acceptTrust: { value: false, reason: 'a trusted computer is no second factor' },
};

/** What may be asked of the sign-ins to it. */
const CHANGEABLE: ReadonlySet<string> = new Set(['requireAcr', 'acceptTrust']);
/** Values of `requireAcr` that the console may have. */
const STRONG: readonly unknown[] = [ACR.mfa, ACR.phr];

/** Problem `client-built-in`. */
export function checkBuiltInAct(id: string, act: keyof typeof ACTS | 'remove'): void {
  if (!isOwnClient(id)) return;
  throw refusal(id, `client ${act}`, act === 'remove' ? (WITHOUT[id] ?? '') : ACTS[act]);
}

/** Problem `client-built-in` for the first given field that must stay what it is. */
export function checkBuiltInChange(id: string, change: object): void {
  if (!isOwnClient(id)) return;
  for (const [name, value] of Object.entries(change)) {
    const reason = whyKept(id, name, value);
    if (reason !== undefined) throw refusal(id, `--${flagOf(name)}`, reason);
  }
}

/** Undefined: it may be changed to that. */
function whyKept(id: string, name: string, value: unknown): string | undefined {
  const kept = (id === ADMIN_CLIENT ? KEPT_OF_CONSOLE : KEPT)[name];
  if (kept) return value === kept.value ? undefined : kept.reason;
  if (!CHANGEABLE.has(name)) return 'the server itself sees to it';
  const isWeak = id === ADMIN_CLIENT && name === 'requireAcr' && !STRONG.includes(value);
  return isWeak ? 'nobody gets in with less than a second factor' : undefined;
}

function flagOf(name: string): string {
  const options: Readonly<Record<string, { flag: string }>> = CLIENT_OPTIONS;
  return options[name]?.flag ?? name;
}

function refusal(id: string, act: string, reason: string): Problem {
  return new Problem('client-built-in', { status: 409, values: { id, act, reason } });
}
