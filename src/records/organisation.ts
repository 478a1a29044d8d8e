/** Organisations: who decides about the second factor of the people in it. */
import { entries } from '../storage/pages.ts';
import { collection, type Change, type Store } from '../storage/store.ts';
import { outboxIndex, type MessageCarrier } from '../outbox/message.ts';
import { lastEnd, lastEndIn, type ApprovalRequest } from './under-way/approval-request.ts';
import type { Admitted } from './client.ts';
import type { LogoShown } from './branding/logo.ts';
import { type FactorId, FACTOR_IDS } from './factor-id.ts';
import { Problem } from '../problem.ts';
import { isName } from '../text/printable.ts';
import { slug } from '../text/slug.ts';

export type OrganisationMfa = 'off' | 'optional' | 'required';
export const ORGANISATION_MFA: readonly OrganisationMfa[] = ['off', 'optional', 'required'];

export interface OrganisationAct {
  what: 'second-person-off';
}

export interface Organisation extends MessageCarrier {
  /** Lower-case letters, digits and hyphens; made from the name. Never changes. */
  id: string;
  name: string;
  mfa: OrganisationMfa;
  /** From when `required` can't be postponed any more (milliseconds since the epoch); null: at once. */
  mfaFrom: number | null;
  /** Factors that its people may use. */
  factors: FactorId[];
  /** Days for which a computer may be trusted; 0: not at all. */
  trustedDays: number;
  /** Seconds after which its people's browser sessions end; null or absent: as the installation has it. Never longer. */
  sessionAbsolute?: number | null;
  /** Seconds without use, likewise. */
  sessionIdle?: number | null;
  /** Days after which passcodes have to end that are made from now on; null or absent: none have to. */
  passcodeDays?: number | null;
  /** Do passcodes that are made from now on have to name networks? Absent: no. */
  passcodeNetworks?: boolean;
  /**
   * Domains whose addresses are its people's, in ASCII (policy/claims/email-verified.ts). Null: a version
   * before that knew none, and nobody has said any since.
   */
  domains: string[] | null;
  /** Ids of the groups that an app is open to, by its client's id; an app that is not named is open to everybody. */
  apps: Record<string, string[]>;
  /** Since when each of those groups is let in (policy/apps/who-may.ts); absent: always. */
  appsAdmitted?: Record<string, Admitted>;
  /** Above its pages and mails; null or absent: none. */
  logo?: LogoShown | null;
  /** `#rrggbb`, of its pages and mails; null or absent: as the installation has it. */
  colour?: string | null;
  /** Whom "ask your administrator" means, and how they are reached; null or absent: as the installation has it. */
  contact?: string | null;
  /** In whose name its mails come; null or absent: as the installation has it. */
  senderName?: string | null;
  /** Do factor resets and role changes of its people need a second person? Absent: they don't. */
  secondPerson?: boolean;
  /** That the rule be switched off, which needs a second person too; absent: nobody asked. */
  requests?: ApprovalRequest<OrganisationAct>[];
  /** Raised to end the trust in every computer of its people. */
  trustEpoch: number;
  /** Milliseconds since the epoch. */
  createdAt: number;
}

export const organisationCollection = collection<Organisation>('organisation', {
  indexes: {
    postings: outboxIndex,
    requests: ({ gone, ...one }) => (gone ? undefined : lastEndIn(one.id, one)),
    requestsEverywhere: ({ gone, ...one }) => (gone ? undefined : lastEnd(one)),
  },
  fields: {
    text: ['id', 'name', 'mfa', 'colour', 'contact', 'senderName'],
    number: ['mfaFrom', 'trustedDays', 'trustEpoch'],
    list: ['factors', 'domains', 'postings'],
    object: ['apps', 'logo'],
  },
  shared: true,
});

/** Whose a domain is: unique by its id, which is the domain (operations/organisations/organisation-domains.ts). */
export interface DomainClaim {
  /** Its id. */
  organisation: string;
  /** Milliseconds since the epoch. */
  at: number;
  /** The act that claimed it. */
  act: string;
}
export const domainCollection = collection<DomainClaim>('organisation_domain');

/** What a new organisation has, and what a document of an older version lacks. */
const DEFAULTS = { mfaFrom: null, trustedDays: 30, domains: null, apps: {}, trustEpoch: 1 };

export type NewOrganisation = Pick<Organisation, 'name' | 'mfa'> &
  Partial<Pick<Organisation, 'mfaFrom' | 'factors' | 'trustedDays'>> & {
    id?: string | undefined;
    domains?: string[];
  };

/** An organisation as it will be kept, checked. Problems: `name-format`, `organisation-id-format`. */
export function newOrganisation(input: NewOrganisation, now: number): Organisation {
  const name = input.name.trim();
  // A name without Latin letters and digits gets its id from the caller (`--id`).
  const id = input.id ?? slug(name);
  if (!isName(name)) throw new Problem('name-format');
  if (!isOrganisationId(id)) throw new Problem('organisation-id-format', { values: { id } });
  return complete({ domains: [], ...input, id, name, createdAt: now });
}

function isOrganisationId(id: string): boolean {
  return /^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?$/u.test(id);
}

export async function getOrganisation(
  store: Pick<Store, 'get'>,
  id: string,
): Promise<Organisation | undefined> {
  const stored = await store.get(organisationCollection, id);
  return stored && !stored.gone ? complete(stored) : undefined;
}

/** What people are told of an organisation by its id. */
export function organisationName(store: Pick<Store, 'get'>) {
  return async (id: string): Promise<string | undefined> =>
    (await getOrganisation(store, id))?.name;
}

/** In no promised order. */
export async function* listOrganisations(store: Pick<Store, 'scan'>): AsyncGenerator<Organisation> {
  const all = entries((after) => store.scan(organisationCollection, { after }));
  for await (const { value } of all) if (!value.gone) yield complete(value);
}

/**
 * Changes an organisation in one conditional write. `change` gives the new fields and what to answer, or
 * only an answer to leave it as it is. Problem `organisation-unknown`.
 */
export async function updateOrganisation<R>(
  store: Pick<Store, 'update'>,
  id: string,
  change: (organisation: Organisation) => { set?: Partial<Organisation>; result: R },
): Promise<R> {
  const unknown = new Problem('organisation-unknown', { status: 404, values: { id } });
  if (!isOrganisationId(id)) throw unknown;
  return store.update(organisationCollection, id, (stored): Change<Organisation, R> => {
    if (!stored || stored.gone) throw unknown;
    const organisation = complete(stored);
    const { set, result } = change(organisation);
    return set ? { put: { ...organisation, ...set }, result } : { result };
  });
}

function complete(
  stored: Pick<Organisation, 'id' | 'name' | 'mfa' | 'createdAt'> & Partial<Organisation>,
): Organisation {
  return { ...DEFAULTS, factors: [...FACTOR_IDS], ...stored };
}
