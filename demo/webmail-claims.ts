import { html, time, type Html } from './pages.ts';

const meanings: Record<string, string> = {
  sub: 'who signed in, for this app',
  amr: 'how it was proven',
  acr: 'how strong that is',
  auth_time: 'when it was proven',
  iss: 'who says so',
  aud: 'for which app',
  iat: 'when the token was made',
  exp: 'until when it counts',
  sid: 'the session at the provider',
  nonce: 'binds it to this sign-in',
  at_hash: 'binds it to the access token',
};

const levels: Record<string, string> = {
  'urn:latchkey:acr:password': 'Password only',
  'urn:latchkey:acr:trusted': 'Password on a trusted computer',
  'urn:latchkey:acr:email': 'Password and email code',
  'urn:latchkey:acr:mfa': 'Password and second factor',
  phr: 'Passkey',
};

const times = ['auth_time', 'iat', 'exp'];
const first = ['sub', 'amr', 'acr', 'auth_time'];

/** The level that `acr` names, for people. */
export function levelOf(acr: unknown): string {
  return levels[String(acr)] ?? 'Level not stated';
}

/** Every claim by its exact name, its value as JSON in `<dd data-claim="…">`, and what it means. */
export function claimsTable(claims: Readonly<Record<string, unknown>>): Html {
  const others = Object.keys(claims).filter((name) => !first.includes(name));
  const names = [...first.filter((name) => name in claims), ...others];
  return html`<dl class="claims">${names.map((name) => claimRow(name, claims[name]))}</dl>`;
}

function claimRow(name: string, value: unknown): Html {
  return html`<div>
    <dt><code>${name}</code>${meaning(name)}</dt>
    <dd data-claim="${name}">${JSON.stringify(value)}</dd>
    ${inWords(name, value)}
  </div> `;
}

function meaning(name: string): Html | undefined {
  const text = meanings[name];
  return text === undefined ? undefined : html`<span>${text}</span>`;
}

/** A moment, which a person cannot read from its number. */
function inWords(name: string, value: unknown): Html | undefined {
  if (!times.includes(name) || typeof value !== 'number') return undefined;
  return html`<dd class="words">${time(value * 1000)}</dd>`;
}
