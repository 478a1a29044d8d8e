/** Which addresses people are given, and by whom: links go there, and apps join accounts by them. */
import type { Performed } from '../../audit/performed.ts';
import { domainOf } from '../../policy/claims/email-verified.ts';
import { isAddressFor } from '../../policy/whose-addresses.ts';
import { Problem } from '../../problem.ts';
import {
  domainCollection,
  getOrganisation,
  listOrganisations,
  type Organisation,
} from '../../records/organisation.ts';
import type { Store } from '../../storage/store.ts';
import { permissions, type Permission } from '../permission.ts';

type Reads = Pick<Store, 'get' | 'scan'>;

interface GivenAddress {
  email: string;
  /** Id, of the person. */
  organisation: string;
  /** By a file, whoever's. */
  isImported?: boolean;
}

/** Asked where an address is given that the person does not have. Problem `email-domain` (403). */
export async function checkAddressDomain(
  store: Reads & Parameters<typeof permissions>[0],
  performed: Performed,
  { email, organisation: id, isImported = false }: GivenAddress,
  asked?: Awaited<ReturnType<typeof permissions>>,
): Promise<void> {
  const may = asked ?? (await permissions(store, performed));
  const byInstallation = isOfInstallation(may('organisation.change-domains'), id);
  if (byInstallation && !isImported) return;
  const organisation = await getOrganisation(store, id);
  const [own, domain] = [organisation?.domains ?? [], domainOf(email)];
  const holder = domain === '' ? undefined : await store.get(domainCollection, domain);
  const isElsewhere = holder !== undefined && holder.organisation !== id;
  const isOnly = own.length > 0 || byInstallation || (await isOnlyOne(store));
  if (isAddressFor(domain, { own, isElsewhere, isOnly, byInstallation })) return;
  throw notOfDomain(organisation, id, own);
}

/** Whoever says which domains organisations have may set any address. */
function isOfInstallation(may: Permission, organisation: string): boolean {
  try {
    may({ organisation });
    return true;
  } catch (error) {
    if (error instanceof Problem) return false;
    throw error;
  }
}

async function isOnlyOne(store: Reads): Promise<boolean> {
  let count = 0;
  for await (const _one of listOrganisations(store)) if ((count += 1) > 1) return false;
  return true;
}

/** Of as many as a sentence has room for. */
const MOST_TOLD = 5;

function notOfDomain(
  organisation: Organisation | undefined,
  id: string,
  own: readonly string[],
): Problem {
  const told = own.slice(0, MOST_TOLD).join(', ');
  const domains = own.length > MOST_TOLD ? `${told} …` : told;
  const values = { organisation: organisation?.name ?? id, domains, count: own.length };
  return new Problem('email-domain', { status: 403, values });
}
