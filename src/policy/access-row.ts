/** What a row of the table of access says, and the words that its rows are made of. */
import type { Role } from '../records/person.ts';

/** Whose a role's reach is: everything, or what belongs to its own organisation. */
type Reach = 'all' | 'own';

export interface AccessRow {
  /** Who may do it to their own account: whoever is signed in, anybody with a link or a name, or nobody. */
  self: 'signed-in' | 'anybody' | 'nobody';
  /** The roles that may do it to others, or to the installation. */
  roles: Readonly<Partial<Record<Role, Reach>>>;
  /** Does it need a second factor that is not older than five minutes? */
  fresh: boolean;
  /** Does it only look? Then rank does not matter. */
  reads: boolean;
  /** May programs (API clients) do it, within the reach of their role, to members of lower rank? */
  programs: boolean;
  /** May the operator, whoever has a shell on the server? */
  operator: boolean;
}

export const row = (
  roles: AccessRow['roles'],
  fresh: boolean,
  more: Partial<AccessRow> = {},
): AccessRow => ({
  self: 'nobody',
  roles,
  fresh,
  reads: false,
  programs: false,
  operator: true,
  ...more,
});

export const INSTALLATION = { administrator: 'all' } as const;
export const ORGANISATION = { ...INSTALLATION, 'organisation-administrator': 'own' } as const;
export const HELP = { ...ORGANISATION, helpdesk: 'own' } as const;
/** Of an organisation. */
export const SIGHT = { ...ORGANISATION, auditor: 'own' } as const;
/** Of the people in it. */
export const SIGHT_OF_PEOPLE = { ...SIGHT, helpdesk: 'own' } as const;
export const NOBODY_ELSE = {} as const;

export const READS = { reads: true, programs: true } as const;
export const PROGRAMS = { programs: true } as const;

/** What a person does to their own account, and nobody for them: with a fresh proof, signed in, or by a link. */
export const OWN_FRESH = row(NOBODY_ELSE, true, { self: 'signed-in', operator: false });
export const OWN = row(NOBODY_ELSE, false, { self: 'signed-in', operator: false, reads: true });
export const OWN_LINK = row(NOBODY_ELSE, false, { self: 'anybody', operator: false });
/** What only the command line does. */
export const OPERATOR_ONLY = row(NOBODY_ELSE, false);
