/** What the authenticator apps of the demonstration's people show now: a phone is not always at hand. */
import { generateSync } from 'otplib';
import { openSecret } from '../src/factors/totp.ts';
import {
  isRemoved,
  personCollection,
  type Authenticator,
  type Person,
} from '../src/records/person.ts';
import type { Installation } from '../src/server/opened.ts';

export interface LiveCode {
  login: string;
  name: string;
  /** Six digits. */
  code: string;
  /** The QR code is on a page of the set-up, and nothing has been proven yet. */
  pending: boolean;
}

/** One for each entry, in the order of the login names. `now`: milliseconds since the epoch. */
export async function liveCodes(
  { store, vault }: Pick<Installation, 'store' | 'vault'>,
  now: number,
): Promise<LiveCode[]> {
  const { items } = await store.scan(personCollection, { limit: 100 });
  const people = items.map(({ value }) => value).filter((person) => !isRemoved(person));
  const sorted = people.toSorted((one, other) => one.login.localeCompare(other.login));
  const codes = sorted.flatMap((person) =>
    entriesOf(person).map(async (entry): Promise<LiveCode> => {
      const secret = await openSecret(vault, entry);
      const code = generateSync({ secret, epoch: Math.floor(now / 1000) });
      const pending = entry === person.pendingAuthenticator;
      return { login: person.login, name: person.name, code, pending };
    }),
  );
  return Promise.all(codes);
}

function entriesOf({
  authenticators = [],
  pendingAuthenticator,
}: Partial<Person>): Authenticator[] {
  return [...authenticators, ...(pendingAuthenticator ? [pendingAuthenticator] : [])];
}
