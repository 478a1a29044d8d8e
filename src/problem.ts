/**
 * The one error type for what a person or a client may see: a stable code (the key of its text in
 * the catalogue), values that are safe to show, and a cause that is only logged. One middleware
 * answers it, for pages and API alike (web/answer-problems.ts).
 */
export interface ProblemOptions {
  /** HTTP status; 400 unless told. */
  status?: number;
  /** Shown with the text; never a secret. */
  values?: Readonly<Record<string, string | number>>;
  /** Logged, never shown. */
  cause?: unknown;
  /** Where the page leads back to, when there is a way. */
  back?: string;
}

export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: string;
  readonly status: number;
  readonly values: Readonly<Record<string, string | number>>;
  readonly back: string | null;

  constructor(code: string, options: ProblemOptions = {}) {
    super(code, { cause: options.cause });
    this.code = code;
    this.status = options.status ?? 400;
    this.values = options.values ?? {};
    this.back = options.back ?? null;
  }
}
