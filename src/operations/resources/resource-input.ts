/** What can be said of a resource: as every door takes it, and the rules of it. */
import { z } from 'zod';
import { checkAcr } from '../../oidc/clients/clients.ts';
import { OPENID_SCOPES } from '../../policy/claims/standard-claims.ts';
import { Problem } from '../../problem.ts';
import {
  BUILT_IN,
  TOKEN_FORMATS,
  type ResourceRecord,
  type ResourceScope,
  type TokenFormat,
} from '../../records/resource.ts';
import { SIGNING_ALGS } from '../../records/signing-key.ts';
import { isPrintable } from '../../text/printable.ts';
import { boundedText } from '../input.ts';

/** Characters: a document's id. */
export const LONGEST_IDENTIFIER = 200;
export const LONGEST_DESCRIPTION = 200;
export const MOST_SCOPES = 50;
/** Seconds. What is a JWT is good until it expires, whatever happens. */
export const LIFETIMES = { least: 30, opaque: 86_400, jwt: 600 } as const;

export const scopeInput = z.object({
  name: boundedText,
  description: boundedText,
  /** An `acr` value of ours; null: whatever else is asked of the sign-in is enough. */
  requireAcr: boundedText.nullable().optional(),
});
export type ScopeInput = z.output<typeof scopeInput>;

export const scopesInput = z.array(scopeInput).max(1000);

export const tokensInput = z.object({
  format: z.enum(TOKEN_FORMATS).exactOptional(),
  /** Seconds. */
  lifetime: z.number().exactOptional(),
  alg: z.enum(SIGNING_ALGS).exactOptional(),
});

/** Its identifier (RFC 8707 §2). Problem `resource-format` with the reason. */
export function checkIdentifier(id: string): string {
  const reason = faultOf(id);
  if (reason === undefined) return id;
  throw new Problem('resource-format', { values: { id: id.slice(0, 300), reason } });
}

function faultOf(id: string): string | undefined {
  if (id.length > LONGEST_IDENTIFIER) return `it is longer than ${LONGEST_IDENTIFIER} characters`;
  if (!/^[!$&'()*+,\-./\w:;=?@[\]~%#]+$/u.test(id))
    return 'it has a character that a URI cannot have';
  if (id.includes('#')) return 'a fragment (#…) is not allowed';
  if (!URL.canParse(id))
    return 'it has to be an absolute URI, such as https://api.example.org or urn:example:api';
  if (id.toLowerCase().startsWith('urn:latchkey:'))
    return 'those that begin with urn:latchkey: are built in';
  return undefined;
}

/** Problems `scope-format` with the reason, `acr-unknown`. */
export function checkScope({ name, description, requireAcr }: ScopeInput): ResourceScope {
  const reason = scopeFault(name) ?? descriptionFault(description);
  if (reason !== undefined)
    throw new Problem('scope-format', { values: { scope: name.slice(0, 300), reason } });
  return {
    name,
    description: description.trim(),
    requireAcr: requireAcr ? checkAcr(requireAcr) : null,
  };
}

function scopeFault(name: string): string | undefined {
  if (OPENID_SCOPES.includes(name)) return 'it is one of OpenID’s';
  if (!/^[A-Za-z][\w.:/-]{0,99}$/u.test(name))
    return 'a name is a letter and up to 99 letters, digits and any of . _ : / - after it';
  // Tables of claims are looked up by it.
  return name in {} ? 'that name means something else to programs' : undefined;
}

function descriptionFault(description: string): string | undefined {
  if (description.trim() === '') return 'it has no description, which people are asked with';
  if (description.length > LONGEST_DESCRIPTION)
    return `its description is longer than ${LONGEST_DESCRIPTION} characters`;
  return isPrintable(description) ? undefined : 'its description has control characters';
}

/** What is said together. Problems `scope-format`, `lifetime-range`. */
export function checkWhole({ scopes, format, lifetime }: ResourceRecord): void {
  const names = scopes.map(({ name }) => name);
  const refuse = (scope: string, reason: string): never => {
    throw new Problem('scope-format', { values: { scope, reason } });
  };
  if (names.length === 0) refuse('', 'a resource has at least one scope');
  if (names.length > MOST_SCOPES)
    refuse(names[MOST_SCOPES] ?? '', `a resource has at most ${MOST_SCOPES} scopes`);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) refuse(twice, 'it is given twice');
  checkLifetime(lifetime, format);
}

function checkLifetime(lifetime: number, format: TokenFormat): void {
  const { least } = LIFETIMES;
  const most = LIFETIMES[format];
  if (Number.isInteger(lifetime) && lifetime >= least && lifetime <= most) return;
  throw new Problem('lifetime-range', { values: { least, most, format } });
}

/** Problem `resource-built-in`, but for what may be set of one. */
export function checkOwn(id: string, act: string): void {
  if (BUILT_IN.has(id))
    throw new Problem('resource-built-in', { status: 409, values: { id, act } });
}
