/**
 * THE TABLE of who may do what: operation × role. Every operation, route and command names its row;
 * what has none is refused. Pure: who acts, as they are now, is told (operations/permission.ts).
 */
import type { Actor } from '../audit/actor.ts';
import type { ProblemCode } from '../problem.ts';
import type { Role } from '../records/person.ts';

/** Acting on a person needs a higher rank than theirs; administrators of the installation also act on one another. */
export const RANK: Readonly<Record<Role, number>> = {
  member: 0,
  auditor: 1,
  helpdesk: 1,
  'organisation-administrator': 2,
  administrator: 3,
};

/** Whose a role's reach is: everything, or what belongs to its own organisation. */
type Reach = 'all' | 'own';

export interface AccessRow {
  /** May people do it to their own account? */
  self: boolean;
  /** The roles that may; the operator at the command line always may. */
  roles: Readonly<Partial<Record<Role, Reach>>>;
  /** Does it need a second factor that is not older than five minutes? */
  fresh: boolean;
}

const row = (roles: AccessRow['roles'], fresh: boolean, self = false): AccessRow => ({
  self,
  roles,
  fresh,
});

const INSTALLATION = { administrator: 'all' } as const;
const ORGANISATION = { ...INSTALLATION, 'organisation-administrator': 'own' } as const;
const HELP = { ...ORGANISATION, helpdesk: 'own' } as const;
const SIGHT = { ...HELP, auditor: 'own' } as const;
const NOBODY_ELSE = {} as const;

/** What a person does to their own account with a fresh proof, or with none. */
const OWN_FRESH = row(NOBODY_ELSE, true, true);
const OWN = row(NOBODY_ELSE, false, true);
/** What only the command line does. */
const OPERATOR_ONLY = row(NOBODY_ELSE, false);

export const ACCESS = {
  'person.list': row(SIGHT, false),
  'person.show': row(SIGHT, false),
  'person.add': row(ORGANISATION, true),
  /** With a password or a factor: nobody makes one for somebody else. */
  'person.add-with-credentials': OPERATOR_ONLY,
  'person.change': row(ORGANISATION, true),
  'person.change-role': row(ORGANISATION, true),
  'person.move': row(INSTALLATION, true),
  'person.disable': row(ORGANISATION, true),
  'person.enable': row(ORGANISATION, true),
  'person.remove': row(ORGANISATION, true),
  'person.unlock': row(HELP, false),
  'person.reset-factors': row(HELP, true),
  'person.password-link': OPERATOR_ONLY,

  'organisation.list': row(SIGHT, false),
  'organisation.add': row(INSTALLATION, true),
  'organisation.change': row(ORGANISATION, true),

  'client.list': row(SIGHT, false),
  'client.show': row(SIGHT, false),
  'client.add': row(INSTALLATION, true),
  'client.change': row(INSTALLATION, true),
  'client.rotate-secret': row(INSTALLATION, true),
  'client.remove': row(INSTALLATION, true),

  'policy.explain': row(SIGHT, false),
  'audit.list': row(SIGHT, false),

  'password.change': OWN_FRESH,
  'factor.rename': OWN_FRESH,
  'factor.remove': OWN_FRESH,
  'mfa.disable': OWN_FRESH,
  'email-codes.switch': OWN_FRESH,
  'one-time-codes.view': OWN_FRESH,
  'one-time-codes.replace': OWN_FRESH,
  'address.send-code': OWN_FRESH,
  'address.verify': OWN_FRESH,
  'address.remove': OWN_FRESH,
  'passcode.add': OWN_FRESH,
  'passcode.revoke': OWN_FRESH,
  'device.revoke': OWN_FRESH,
  'device.revoke-others': OWN_FRESH,
  'session.list': OWN,
  'session.end': OWN_FRESH,
  'session.end-others': OWN_FRESH,
  'session.sign-out': OWN,
  'app.list': OWN,
  'app.withdraw': OWN_FRESH,
  'activity.list': OWN,
  'account.end-everything': OWN_FRESH,

  'password.send-link': OWN,
  'password.set-by-link': OWN,

  'installation.set-up-link': OPERATOR_ONLY,
  // By whoever holds that link: it is the operator's.
  'installation.set-up': OPERATOR_ONLY,
  'installation.revoke-everything': OPERATOR_ONLY,
  'installation.back-up': OPERATOR_ONLY,
  'installation.restore': OPERATOR_ONLY,
  'installation.migrate': OPERATOR_ONLY,
  'installation.serve': OPERATOR_ONLY,
} as const satisfies Record<string, AccessRow>;

export type Operation = keyof typeof ACCESS;

/** Who acts, as their record says now. */
export interface ActingAs {
  actor: Actor;
  /** Of an administrator or API client. */
  role: Role;
  organisation: string | null;
  /** A second factor that is not older than five minutes; of a person, what their strongest factor proves. */
  fresh: boolean;
}

/** What is acted on; all absent: the installation. */
export interface Target {
  /** Subject identifier and role of a person. */
  person?: { id: string; role: Role } | undefined;
  organisation?: string | null | undefined;
  /** The role that is given: up to the rank of whoever gives it. */
  gives?: Role | undefined;
}

/** Undefined: they may. What belongs to another organisation does not exist for whoever asks. */
export function refusalOf(
  operation: Operation,
  { actor, role, organisation, fresh }: ActingAs,
  target: Target,
): ProblemCode | undefined {
  const { self, roles, fresh: needsFresh }: AccessRow = ACCESS[operation];
  if (actor.kind === 'operator') return undefined;
  if (actor.kind === 'self') {
    const isOwn = self && (actor.id === null || actor.id === target.person?.id);
    if (!isOwn) return 'not-allowed';
    return needsFresh && !fresh ? 'fresh-factor-needed' : undefined;
  }
  const reach = roles[role];
  if (reach === undefined) return 'not-allowed';
  if (reach === 'own' && (target.organisation ?? null) !== organisation) return 'not-found';
  if (target.person && !isAbove(role, actor.id, target.person)) return 'not-allowed';
  if (target.gives && RANK[target.gives] > RANK[role]) return 'not-allowed';
  return needsFresh && !fresh ? 'fresh-factor-needed' : undefined;
}

/** Nobody acts on themselves here; on their own account they do it as everybody does. */
function isAbove(role: Role, id: string | null, person: { id: string; role: Role }): boolean {
  if (person.id === id) return false;
  return RANK[role] > RANK[person.role] || role === 'administrator';
}
