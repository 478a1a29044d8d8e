import type { Organisation, OrganisationMfa } from '../../records/organisation.ts';
import type { PersonEntry } from '../../records/lists/person-entry.ts';
import type { Command } from '../command.ts';
import type { Person } from '../../records/person.ts';
import { listComputers, stillTrusted } from '../../devices/trusted-computer.ts';
import { availableFactors } from '../../factors/available.ts';
import { enrolledFactors } from '../../policy/factors.ts';
import { factorDates } from '../../policy/enrolled-factors.ts';
import { codesLeft } from '../../factors/one-time-codes.ts';
import { withOrganisation } from '../../oidc/authorization/with-organisation.ts';
import { trustBasis, trustRules } from '../../devices/trust.ts';
import { mayEnrol, requiredFrom, type Subject } from '../../policy/assurance.ts';
import { dayOf } from '../../text/day-of.ts';
import { printable } from '../../text/printable.ts';
import type { Installation } from '../../server/opened.ts';
import type { Store } from '../../storage/store.ts';
import { attributeText } from '../../operations/attributes/change-attributes.ts';
import { getGroups, writtenGroup, type Group } from '../../records/group.ts';
import { getProfile, type AttributeValue } from '../../records/profile.ts';
import { attributesOf } from './attributes.ts';
import { aboutPerson } from './about-person.ts';

/** Of a client that asks for nothing of its own. */
const ANY_CLIENT = { id: '', requireAcr: null, acceptTrust: true, organisations: null };

/** `removedAt`: milliseconds since the epoch; null: they are not being deleted. */
export function stateOf({ active, removedAt }: Pick<PersonEntry, 'active' | 'removedAt'>): string {
  if (removedAt !== null) return `to be removed ${dayOf(removedAt)}`;
  return active ? 'active' : 'disabled';
}

export const userShow: Command = {
  usage: 'LOGIN',
  options: {},
  run: aboutPerson(async ({ installation, person, now }) => {
    const who = await withOrganisation(installation.store, person);
    const { organisation } = who;
    const dates = factorDates(person);
    const json = {
      ...view(person),
      effective_mfa: effectiveMfa(person, organisation),
      required_from: startOf(person, organisation),
      grace_until: person.mfaFrom,
      allowed_factors: person.factors,
      trusted_days: person.trustedDays,
      password_set: person.passwordHash !== null,
      ...dates,
      secondary_email: person.secondaryEmail?.address ?? null,
      secondary_email_verified: typeof person.secondaryEmail?.verifiedAt === 'number',
      one_time_codes_left: codesLeft(person),
      trusted_computers: await trustedComputers(installation, who, now),
      enrolment_code_pending: (person.enrolmentCode?.expiresAt ?? 0) > now,
      created_at: person.createdAt,
      removed_at: person.deletion?.dueAt ?? null,
      active_until: person.activeUntil ?? null,
      groups: (await groupsOf(installation.store, person)).map(writtenGroup),
      attributes: attributesOf(await getProfile(installation.store, person.id)),
    };
    const { attributes, ...others } = json;
    const told = {
      ...others,
      effective_mfa: mfaAt(person, organisation, now),
      // The last day; as data it is the moment after it.
      active_until: json.active_until === null ? null : dayOf(json.active_until - 1),
      required_from: json.required_from === 0 ? 'always' : dayOf(json.required_from),
      allowed_factors: person.factors ?? 'all that the organisation allows',
      trusted_days: person.trustedDays ?? 'as many as the organisation allows',
      ...Object.fromEntries(Object.entries(dates).map(([name, value]) => [name, datesTold(value)])),
      ...attributesTold(attributes),
    };
    return { text: linesOf(told), json };
  }),
};

function linesOf(told: Readonly<Record<string, Shown>>): string {
  const width = Math.max(...Object.keys(told).map((name) => name.length));
  const lines = Object.entries(told).map(
    ([name, value]) => `${name.padEnd(width)}  ${printable(say(name, value))}`,
  );
  return lines.join('\n');
}

function attributesTold(attributes: Record<string, AttributeValue>): Record<string, string> {
  const told = ([name, value]: [string, AttributeValue]): [string, string] => [
    `attribute ${name}`,
    attributeText(value),
  ];
  return Object.fromEntries(Object.entries(attributes).map(told));
}

async function groupsOf(store: Store, { groups }: Person): Promise<Group[]> {
  return [...(await getGroups(store, groups)).values()];
}

/** A person as `--json` shows one. */
export function view(person: Person) {
  const { id, login, name, email, organisation, role, mfa, active } = person;
  return {
    id,
    login,
    name,
    email,
    organisation,
    role,
    mfa,
    active,
    factors: enrolledFactors(person),
  };
}

type Dates = ReturnType<typeof factorDates>[string];

function datesTold(dates: Dates): string[] | number | null {
  if (!Array.isArray(dates)) return dates;
  return dates.map(({ name, created_at: at }) => (name ? `${name} (${dayOf(at)})` : dayOf(at)));
}

/** How many there are whose trust has not ended, at a client that accepts trust. */
async function trustedComputers(
  { store, config }: Installation,
  who: Subject,
  now: number,
): Promise<number> {
  const rules = trustRules(who, ANY_CLIENT, availableFactors(config));
  const computers = await listComputers({ store }, who.person.id);
  const trusted = await Promise.all(
    computers.map(({ id }) => stillTrusted({ store }, id, trustBasis(who), rules, now)),
  );
  return trusted.filter(Boolean).length;
}

type Asked = Pick<Person, 'role' | 'mfa' | 'mfaFrom'>;

/** From when a factor is required (milliseconds since the epoch; 0: always has been), or null. */
function startOf(person: Asked, organisation: Organisation | undefined): number | null {
  return (organisation && requiredFrom({ person, organisation })) ?? null;
}

/** The stricter of the person's own and the organisation's. */
export function effectiveMfa(
  person: Asked,
  organisation: Organisation | undefined,
): OrganisationMfa {
  if (startOf(person, organisation) !== null) return 'required';
  return organisation && mayEnrol({ person, organisation }) ? 'optional' : 'off';
}

/** `required`, or `required from 2027-01-31` while it can be put off. */
export function mfaAt(person: Asked, organisation: Organisation | undefined, now: number): string {
  const from = startOf(person, organisation) ?? 0;
  return `${effectiveMfa(person, organisation)}${from > now ? ` from ${dayOf(from)}` : ''}`;
}

const DATES = /_(?:at|since|until)$/u;

type Shown = readonly string[] | string | number | boolean | null;

function say(name: string, value: Shown): string {
  if (Array.isArray(value)) return value.join(', ') || '-';
  if (typeof value === 'number' && DATES.test(name)) return dayOf(value);
  return value === null ? '-' : String(value);
}
