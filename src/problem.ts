/**
 * The one error type for what a person or a client may see: a stable code (the key of its text in
 * the catalogue), values that are safe to show, and a cause that is only logged. One middleware
 * answers it, for pages and API alike (web/requests/answer-problems.ts).
 */
export const PROBLEM_CODES = [
  'account-door',
  'acr-unknown',
  'active-until-administrator',
  'administrator-locked-out',
  'already-finished',
  'ambiguous-request',
  'app-unreadable',
  'approval-gone',
  'approval-limit',
  'approval-needed',
  'job-running',
  'job-given-up',
  'approval-taken-back',
  'approval-open',
  'approval-own',
  'attribute-limit',
  'attribute-line',
  'attribute-name',
  'attribute-own',
  'attribute-phone',
  'attribute-text',
  'attribute-value',
  'attributes-long',
  'busy',
  'changed-elsewhere',
  'changed-meanwhile',
  'client-built-in',
  'client-id-format',
  'client-id-reserved',
  'client-no-secret',
  'client-option',
  'client-organisations',
  'client-secret-format',
  'client-secret-last',
  'client-secret-same',
  'client-secret-unknown',
  'client-secrets-most',
  'client-taken',
  'client-unknown',
  'client-value',
  'code-expired',
  'code-fast',
  'code-format',
  'code-old-entry',
  'code-older',
  'code-replaced',
  'code-slow',
  'code-used',
  'code-wrong',
  'colour-format',
  'contact-format',
  'content-type',
  'csrf',
  'damaged',
  'domain-format',
  'domain-taken',
  'email-domain',
  'email-format',
  'email-mfa-not-allowed',
  'email-long',
  'email-own-mailbox',
  'email-second',
  'email-taken',
  'email-two-people',
  'email-unverified',
  'email-verified',
  'factor-not-allowed',
  'factor-required',
  'factors-companion',
  'grace-duties',
  'grace-earlier',
  'grace-extended',
  'grace-long',
  'grace-nothing',
  'grace-past',
  'group-description-format',
  'group-elsewhere',
  'group-limit',
  'group-name-format',
  'group-taken',
  'group-unknown',
  'host',
  'import-active',
  'import-choice',
  'import-columns',
  'import-columns-twice',
  'import-empty',
  'import-encoding',
  'import-gone',
  'import-key',
  'import-limit',
  'import-line',
  'import-line-long',
  'import-lines',
  'import-nothing',
  'import-organisation',
  'import-role',
  'import-running',
  'import-value',
  'interaction-expired',
  'interaction-foreign',
  'key-active',
  'key-missing',
  'key-retired',
  'key-sealed',
  'key-signing',
  'key-unknown',
  'keys-changed',
  'keys-rotating',
  'last-administrator',
  'last-factor',
  'link-expired',
  'link-spent',
  'link-unknown',
  'lifetime-range',
  'login-format',
  'login-taken',
  'logo-damaged',
  'logo-drawing',
  'logo-large',
  'logo-moving',
  'logo-several',
  'logo-size',
  'logo-slim',
  'logo-trailing',
  'logo-turned',
  'logo-type',
  'method-not-allowed',
  'fresh-factor-needed',
  'name-format',
  'name-reserved',
  'no-mail',
  'no-mail-server',
  'not-allowed',
  'not-found',
  'not-signed-in',
  'nothing-to-remind',
  'oauth',
  'organisation-apps',
  'organisation-groups',
  'organisation-id-format',
  'organisation-named',
  'organisation-not-empty',
  'organisation-taken',
  'organisation-unknown',
  'passcode-days',
  'passcode-limit',
  'passcode-networks',
  'password-breached',
  'password-common',
  'password-long',
  'password-names',
  'password-present',
  'password-repeat',
  'password-row',
  'password-same',
  'password-short',
  'person-disabled',
  'person-unknown',
  'preview-running',
  'reason-format',
  'reason-missing',
  'redirect-not-acceptable',
  'redirect-uri',
  'redirect-uri-invalid',
  'redirect-uri-missing',
  'reminded-already',
  'request-aborted',
  'request-too-long',
  'required',
  'resource-built-in',
  'resource-format',
  'resource-named',
  'resource-taken',
  'resource-unknown',
  'scope-format',
  'scope-named',
  'scope-taken',
  'scope-unknown',
  'send-again',
  'sender-name-format',
  'server',
  'service-code',
  'service-mailbox',
  'service-only',
  'set-up-begin',
  'set-up-done',
  'six-digits-format',
  'suspended',
  'temporary-barred',
  'temporary-none',
  'too-large',
  'too-many-codes',
  'too-many-links',
  'too-many-sign-ins',
  'unavailable',
  'unknown-client',
  'upload-unreadable',
  'user-code-expired',
  'user-code-used',
  'wait',
  'zone-unknown',
] as const;
/** `npm run check` compares them with the catalogue: each has a text, or a page of its own. */
export type ProblemCode = (typeof PROBLEM_CODES)[number];

export interface ProblemOptions {
  /** HTTP status; 400 unless told. */
  status?: number;
  /** Shown with the text; never a secret. */
  values?: Readonly<Record<string, string | number>>;
  /** Logged, never shown. */
  cause?: unknown;
  /** Where the page leads back to, when there is a way. */
  back?: string;
  /** What is wrong with each field of what was handed in, where that is it. */
  faults?: Faults;
}

/** By the names of the fields, in their order. */
export type Faults = Readonly<Record<string, Problem>>;

export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly status: number;
  readonly values: Readonly<Record<string, string | number>>;
  readonly back: string | null;
  readonly faults: Faults;

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(code, { cause: options.cause });
    this.code = code;
    this.status = options.status ?? 400;
    this.values = options.values ?? {};
    this.back = options.back ?? null;
    this.faults = options.faults ?? {};
  }
}

/** Throws what was found, all at once: the first one, for whoever tells but one, with each in its `faults`. */
export function refuseFaults(found: Readonly<Record<string, Problem | undefined>>): void {
  const entries = Object.entries(found);
  const faults = entries.filter((entry): entry is [string, Problem] => entry[1] !== undefined);
  const [first] = faults;
  if (!first) return;
  const [, { code, values }] = first;
  throw new Problem(code, { values, faults: Object.fromEntries(faults) });
}

/** Is it what is wrong with fields, to be told at each? */
export function hasFaults({ faults }: Problem): boolean {
  return Object.keys(faults).length > 0;
}
