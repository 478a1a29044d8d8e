/** The words of the table of what ends when (revocation.ts): its columns, what a cell can say, and a row. Pure. */

/** What can end. Each has a heading and the words that explain it. */
export const COLUMNS = {
  sessions: ['Browser sessions', 'a browser that is signed in to Latchkey'],
  access: ['Grants and tokens', 'what an app was let in to: access tokens, refresh tokens'],
  offline: [
    'Offline access',
    'refresh tokens with `offline_access`, which outlive the session, and access tokens got with them',
  ],
  consents: [
    'Consents',
    'what the person has let an app know, so that it is not asked again; it opens nothing without its owner',
  ],
  computers: ['Trusted computers', 'a computer that stands in for the second factor'],
  passcodes: ['Passcodes', 'application codes of mail programs'],
  underWay: [
    'Links and codes under way',
    'password links, codes by email, half sign-ins, authorization codes, codes of devices',
  ],
  setUp: ['Pending set-up', 'an authenticator that was scanned and not proven; an address check'],
} as const satisfies Record<string, readonly [string, string]>;

export type Column = keyof typeof COLUMNS;

/** How far it reaches, as a cell says it. */
export const REACHES = {
  '–': 'stays as it is',
  all: 'all of the person’s; of an organisation, all of its people’s',
  others: 'all but those of the browser that asks, which stays signed in',
  own: 'what belongs to it: to that session, computer or passcode',
  resting: 'what rests on the trust in a computer that ended: a session asks for the factor',
  native:
    'what rests on that trust, and what every native app and device holds: nobody knows where they are',
  weaker:
    'codes and refresh tokens of a weaker sign-in than is asked for now are refused, for as long as it is asked; access tokens live to their end',
  app: 'what that app holds, of everybody whom the cause is about',
  resource:
    'access tokens for it, at introspection, and getting more: a refresh token goes on for requests whose scope names none of its; a JWT lives to its end',
  'shut out': 'what that app holds of people whom it is closed to now',
} as const;

export type Reach = keyof typeof REACHES;

/** One row of the table. */
export interface Row {
  /** Completes "What ends when …". */
  when: string;
  ends: Readonly<Record<Column, Reach>>;
  why: string;
}

/** In the order of the columns. */
export type Cells = readonly [Reach, Reach, Reach, Reach, Reach, Reach, Reach, Reach];
const NAMES = Object.keys(COLUMNS) as Column[];

export function row(when: string, cells: Cells, why: string): Row {
  const ends = Object.fromEntries(NAMES.map((name, at) => [name, cells[at] ?? '–']));
  return { when, ends: ends as Record<Column, Reach>, why };
}
