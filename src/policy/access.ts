/**
 * THE TABLE of who may do what: operation × role. Every operation, route and command names its row;
 * what has none is refused. Pure: who acts, as they are now, is told (operations/permission.ts). In
 * words it is in what-operations-do.ts, and docs/who-may-what.md is made of both.
 */
import type { Actor } from '../audit/actor.ts';
import type { ProblemCode } from '../problem.ts';
import type { Role } from '../records/person.ts';
import {
  row,
  INSTALLATION,
  ORGANISATION,
  HELP,
  SIGHT,
  SIGHT_OF_PEOPLE,
  NOBODY_ELSE,
  READS,
  PROGRAMS,
  OWN_FRESH,
  OWN,
  OWN_LINK,
  OPERATOR_ONLY,
  type AccessRow,
} from './access-row.ts';

/** Acting on a person needs a higher rank than theirs; administrators of the installation also act on one another. */
export const RANK: Readonly<Record<Role, number>> = {
  member: 0,
  auditor: 1,
  helpdesk: 1,
  'organisation-administrator': 2,
  administrator: 3,
};

export const ACCESS = {
  'person.list': row(SIGHT_OF_PEOPLE, false, READS),
  'person.show': row(SIGHT_OF_PEOPLE, false, READS),
  /** What happened to them, as the log has it: whoever helps them has to see why a code was refused. */
  'person.list-activity': row(SIGHT_OF_PEOPLE, false, READS),
  /** What was mailed to them, and what the mail server said: never what was in it. */
  'person.list-mails': row(SIGHT_OF_PEOPLE, false, READS),
  'person.add': row(ORGANISATION, true, PROGRAMS),
  /** With a password or a factor: nobody makes one for somebody else. */
  'person.add-with-credentials': OPERATOR_ONLY,
  /** Copiers, scanners, shared mailboxes: people who cannot sign in. */
  'service-mailbox.add': row(ORGANISATION, true, PROGRAMS),
  /** There is no owner who could make one; shown once. */
  'service-mailbox.add-passcode': row(ORGANISATION, true),
  'person.change': row(ORGANISATION, true, PROGRAMS),
  /** Login name and mailbox address, in the organisation's domains (operations/organisations/address-domain.ts). */
  'person.rename': row(ORGANISATION, true, PROGRAMS),
  /** The address of somebody who can sign in, where a second person is demanded: a link to a new password goes there. */
  'person.change-address-alone': row(INSTALLATION, true),
  'person.change-role': row(ORGANISATION, true),
  'person.move': row(INSTALLATION, true),
  /** Groups of the person's own organisation. */
  'person.change-groups': row(ORGANISATION, true, PROGRAMS),
  /** What apps are told of them; language and zone are their own to choose. */
  'person.change-attributes': row(ORGANISATION, true, PROGRAMS),
  'person.disable': row(ORGANISATION, true, PROGRAMS),
  'person.enable': row(ORGANISATION, true, PROGRAMS),
  'person.delete': row(ORGANISATION, true, PROGRAMS),
  'person.remove': row(ORGANISATION, true, PROGRAMS),
  'person.unlock': row(HELP, false, PROGRAMS),
  'person.reset-factors': row(HELP, true),
  /** For whoever has left their phone at home: signs in today, and changes nothing. */
  'person.give-temporary-code': row(HELP, true),
  /** One of several; the last one goes by a reset. */
  'person.remove-factor': row(ORGANISATION, true),
  /** Their sessions, what apps hold, and trusted computers. */
  'person.sign-out': row(HELP, true),
  /** Everything in one act, when somebody else may be in the account. */
  'person.lock-down': row(ORGANISATION, true, PROGRAMS),
  /** One of what a sign-out ends as a whole. */
  'person.end-session': row(HELP, true),
  'person.withdraw-app': row(HELP, true),
  'person.revoke-computer': row(HELP, true),
  /** A mail program of theirs stops at once. */
  'person.revoke-passcode': row(ORGANISATION, true),
  /** A mail that asks them to set a second factor up, once a day at most. */
  'person.remind': row(ORGANISATION, false, PROGRAMS),
  /** The day from which a second factor is required of them, once, with a reason. */
  'person.extend-grace': row(ORGANISATION, true),
  /** Mailed to their mailbox; nobody else sees it. */
  'person.send-link': row(HELP, false, PROGRAMS),
  'person.password-link': OPERATOR_ONLY,

  /** What was asked for with them, or with their organisation, where that demands a second person. */
  'approval.list': row(SIGHT_OF_PEOPLE, false, { reads: true, operator: false }),
  /** Whoever may do it may approve it, but not who asked; that they take back. */
  'approval.decide': row(HELP, true, { operator: false }),
  /** The code of a reset that somebody has approved: to who asked, once. */
  'approval.see-code': row(HELP, true, { operator: false }),

  'organisation.list': row(SIGHT, false, READS),
  /** Everything that it asks of its people. */
  'organisation.show': row(SIGHT, false, READS),
  /** Who has set a second factor up, and who is being waited for: numbers. */
  'organisation.rollout': row(SIGHT, false, READS),
  /** Who would be asked for more, or shut out, if that were its policy. */
  'organisation.simulate': row(ORGANISATION, false, READS),
  'organisation.add': row(INSTALLATION, true, PROGRAMS),
  'organisation.change': row(ORGANISATION, true, PROGRAMS),
  /** Apps join accounts by the addresses in them. */
  'organisation.change-domains': row(INSTALLATION, true),
  /** Its logo, colour, contact and sender name: what people know a page or a mail as theirs by. */
  'organisation.change-branding': row(ORGANISATION, true),
  /** Does what is most often abused need two? To switch it off, it does. */
  'organisation.demand-second-person': row(ORGANISATION, true),
  'organisation.remove': row(INSTALLATION, true, PROGRAMS),

  'group.list': row(SIGHT_OF_PEOPLE, false, READS),
  'group.members': row(SIGHT_OF_PEOPLE, false, READS),
  'group.add': row(ORGANISATION, true, PROGRAMS),
  'group.change': row(ORGANISATION, true, PROGRAMS),
  'group.remove': row(ORGANISATION, true, PROGRAMS),

  'client.list': row(SIGHT, false, READS),
  'client.show': row(SIGHT, false, READS),
  'client.list-refusals': row(INSTALLATION, false, READS),
  'client.add': row(INSTALLATION, true, PROGRAMS),
  'client.change': row(INSTALLATION, true, PROGRAMS),
  'client.rotate-secret': row(INSTALLATION, true),
  'client.remove-secret': row(INSTALLATION, true),
  'client.remove': row(INSTALLATION, true, PROGRAMS),

  'resource.list': row(INSTALLATION, false, READS),
  'resource.show': row(INSTALLATION, false, READS),
  'resource.add': row(INSTALLATION, true, PROGRAMS),
  'resource.change': row(INSTALLATION, true, PROGRAMS),
  'resource.remove': row(INSTALLATION, true, PROGRAMS),

  /** Claims of a person, attributes among them: whoever sees the person. */
  'client.preview': row(SIGHT_OF_PEOPLE, false, READS),
  'policy.explain': row(SIGHT_OF_PEOPLE, false, READS),
  'audit.list': row(SIGHT, false, READS),

  /** The console's first page: whoever has a role above member. */
  'console.show': row(SIGHT_OF_PEOPLE, false, { reads: true, operator: false }),

  'account.show': OWN,
  'password.change': OWN_FRESH,
  'factor.enrol': OWN_FRESH,
  'factor.rename': OWN_FRESH,
  'factor.remove': OWN_FRESH,
  'mfa.disable': OWN_FRESH,
  'email-codes.switch': OWN_FRESH,
  'one-time-codes.view': OWN_FRESH,
  'one-time-codes.replace': OWN_FRESH,
  'address.send-code': OWN_FRESH,
  'address.verify': OWN_FRESH,
  'address.remove': OWN_FRESH,
  'passcode.list': OWN,
  'passcode.add': OWN_FRESH,
  'passcode.revoke': OWN_FRESH,
  'device.list': OWN,
  'device.rename': OWN_FRESH,
  'device.revoke': OWN_FRESH,
  'device.revoke-others': OWN_FRESH,
  'session.list': OWN,
  'session.end': OWN_FRESH,
  'session.end-others': OWN_FRESH,
  'session.sign-out': row(NOBODY_ELSE, false, { self: 'signed-in', operator: false }),
  'app.withdraw': OWN_FRESH,
  'activity.list': OWN,
  'language.choose': row(NOBODY_ELSE, false, { self: 'signed-in', operator: false }),
  /** What apps are told; for pages the browser's own counts. */
  'zone.choose': OWN_FRESH,
  'account.end-everything': OWN_FRESH,

  'password.send-link': OWN_LINK,
  'password.set-by-link': OWN_LINK,

  /** What waits for the mail server, and what it said no to; never whom it is for. */
  'mail.list': row(INSTALLATION, false, READS),
  /** To themselves. */
  'mail.send-test': row(INSTALLATION, true),

  /** Their names and ages, never what they are. */
  'keys.list': row(INSTALLATION, false, READS),
  'keys.rotate': row(INSTALLATION, true),
  'keys.retire': row(INSTALLATION, true),
  'keys.reseal': row(INSTALLATION, true),

  /** What to do first, ticked by the facts: the list is put away. */
  'installation.first-steps': row(INSTALLATION, false),
  'installation.set-up-link': OPERATOR_ONLY,
  // By whoever holds that link: it is the operator's.
  'installation.set-up': OPERATOR_ONLY,
  'installation.revoke-everything': OPERATOR_ONLY,
  'installation.back-up': OPERATOR_ONLY,
  'installation.restore': OPERATOR_ONLY,
  'installation.migrate': OPERATOR_ONLY,
  'installation.upgrade': OPERATOR_ONLY,
  /** How it is, as far as that is known without going through everything. */
  'installation.health': row(INSTALLATION, false, { reads: true }),
  /** Going through everything that is kept, at leisure. */
  'installation.verify': row(INSTALLATION, false, { reads: true }),
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
  /** The organisation that a person is moved to. */
  movesTo?: string | undefined;
}

/** Undefined: they may. What belongs to another organisation does not exist for whoever asks. */
export function refusalOf(
  operation: Operation,
  as: ActingAs,
  target: Target,
): ProblemCode | undefined {
  const access: AccessRow = ACCESS[operation];
  const { actor, fresh } = as;
  if (actor.kind === 'operator') return access.operator ? undefined : 'not-allowed';
  const refusal =
    actor.kind === 'self' ? ofOwn(access, actor.id, target) : ofRole(access, as, target);
  if (refusal) return refusal;
  // A program has no second factor: what one must not do alone is closed to it.
  return access.fresh && !fresh && actor.kind !== 'api-client' ? 'fresh-factor-needed' : undefined;
}

/** `id`: null where nobody has signed in. */
function ofOwn(
  { self }: AccessRow,
  id: string | null,
  { person }: Target,
): ProblemCode | undefined {
  const isOwn = id === null ? self === 'anybody' : self !== 'nobody' && id === person?.id;
  return isOwn ? undefined : 'not-allowed';
}

function ofRole(
  { roles, reads, programs }: AccessRow,
  { actor, role, organisation }: ActingAs,
  target: Target,
): ProblemCode | undefined {
  const reach = roles[role];
  if (reach === undefined || (actor.kind === 'api-client' && !programs)) return 'not-allowed';
  const isWithin = (other: string | null | undefined): boolean =>
    reach === 'all' || (organisation !== null && other === organisation);
  if (!isWithin(target.organisation)) return 'not-found';
  if (target.movesTo !== undefined && !isWithin(target.movesTo)) return 'not-found';
  const isFitting = reads || (isAbove(actor, role, target.person) && mayGive(actor, role, target));
  return isFitting ? undefined : 'not-allowed';
}

/** Nobody acts on themselves here; on their own account they do it as everybody does. */
function isAbove({ kind, id }: Actor, role: Role, person: Target['person']): boolean {
  if (!person) return true;
  if (person.id === id) return false;
  const isPeer = role === 'administrator' && kind === 'administrator';
  return RANK[role] > RANK[person.role] || isPeer;
}

/** Programs give no duties. */
function mayGive({ kind }: Actor, role: Role, { gives = 'member' }: Target): boolean {
  return RANK[gives] <= (kind === 'api-client' ? 0 : RANK[role]);
}
