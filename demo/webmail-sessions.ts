import { randomBytes } from 'node:crypto';
import type { JWTPayload } from 'jose';

/** A person who is signed in to the sample webmail. */
export interface WebmailSession {
  /** The ID token as it came: the provider wants it back as a hint at sign-out. */
  idToken: string;
  /** Its claims, verified. */
  claims: JWTPayload;
  name: string;
  email: string | undefined;
}

const lifetime = 8 * 3_600_000;
const most = 1_000;

/** Sessions in memory: at most 1,000, eight hours each; a new one beyond that ends the oldest. */
export class WebmailSessions {
  readonly #sessions = new Map<string, WebmailSession & { endsAt: number }>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Gives the new session's id, which is the cookie's value. */
  begin(session: WebmailSession): string {
    const id = randomBytes(32).toString('base64url');
    this.#sessions.set(id, { ...session, endsAt: this.#now() + lifetime });
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= most) break;
      this.#sessions.delete(oldest);
    }
    return id;
  }

  get(id: string | undefined): WebmailSession | undefined {
    const session = id === undefined ? undefined : this.#sessions.get(id);
    return session && session.endsAt > this.#now() ? session : undefined;
  }

  end(id: string | undefined): void {
    if (id !== undefined) this.#sessions.delete(id);
  }

  /** What a logout token asks for: the sessions of its `sid`; without one, all of its `sub`. */
  endByLogout(logout: { sid?: unknown; sub?: unknown }): void {
    for (const [id, { claims }] of this.#sessions) {
      const sameSession = logout.sid === undefined || claims['sid'] === logout.sid;
      const samePerson = logout.sub === undefined || claims.sub === logout.sub;
      if (sameSession && samePerson) this.#sessions.delete(id);
    }
  }
}
