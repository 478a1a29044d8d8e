/** A kind of refused request, as it is kept. */
export interface ClientRefusal {
  /** What was asked: `authorization`, `token`, … */
  endpoint: string;
  /** `redirect_uri`, `post_logout_redirect_uri`, `scope`, `scope_ignored`, `not_open`, or an OAuth error. */
  reason: string;
  /** What came, or what was said of it. */
  value: string;
  /** The client's own settings could have caused it (fair-share.ts). */
  fits?: true;
  count: number;
  /** Milliseconds since the epoch. */
  firstAt: number;
  lastAt: number;
}
