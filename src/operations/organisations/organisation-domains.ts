/**
 * Domains that organisations have, each one organisation's: a document of its own, whose id is the domain.
 * Whose it is says the organisation's document; what is claimed beside it is on its way there, or left over.
 */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { asDomain } from '../../policy/claims/email-verified.ts';
import { Problem } from '../../problem.ts';
import { domainCollection, getOrganisation, type DomainClaim } from '../../records/organisation.ts';
import type { Change, Store } from '../../storage/store.ts';
import { boundedText } from '../input.ts';

/** Of one organisation. */
export const MOST_DOMAINS = 100;
/** Milliseconds: a claim that nothing came of (a crash in between) can be taken over after that. */
const ABANDONED_AFTER = 60_000;

export const domainsInput = z.array(boundedText).max(MOST_DOMAINS);

type DomainStore = Pick<Store, 'get' | 'update'>;

/** As they are kept, each once. Problem `domain-format`. */
export function checkDomains(written: readonly string[]): string[] {
  const domains = written.map((one) => {
    const domain = asDomain(one);
    if (domain === undefined) throw new Problem('domain-format', { values: { domain: one } });
    return domain;
  });
  return [...new Set(domains)].toSorted();
}

interface Holder {
  id: string;
  /** What it has. */
  before: readonly string[];
  /** What it is about to have. */
  after: readonly string[];
}

/**
 * Claims the new ones, for the write that gives them. What it answers is called after that write, whatever
 * came of it: the organisation's document says which are its own. `now`: milliseconds since the epoch.
 * Problem `domain-taken`.
 */
export async function beginDomains(
  store: DomainStore,
  { id, before, after }: Holder,
  now: number,
): Promise<() => Promise<void>> {
  const mine = { organisation: id, at: now, act: randomBytes(12).toString('base64url') };
  const touched = new Map<string, string>();
  const end = (): Promise<void> => endDomains(store, id, touched);
  for (const domain of before.filter((one) => !after.includes(one))) {
    const held = await store.get(domainCollection, domain);
    if (held?.organisation === id) touched.set(domain, held.act);
  }
  try {
    // One that another change of its own has claimed is that one's to give back; a minute later it is anybody's.
    for (const domain of after.filter((one) => !before.includes(one)))
      if (await claimDomain(store, domain, mine)) touched.set(domain, mine.act);
  } catch (error) {
    await end();
    throw error;
  }
  return end;
}

/** `false`: it was claimed for the organisation already. */
async function claimDomain(
  store: DomainStore,
  domain: string,
  mine: DomainClaim,
): Promise<boolean> {
  const held = await store.get(domainCollection, domain);
  const isLeft = held !== undefined && (await isLeftOver(store, domain, held, mine.at));
  return store.update(domainCollection, domain, (there): Change<DomainClaim, boolean> => {
    const isOwn = there?.organisation === mine.organisation;
    const isFree = !there || isOwn || (isLeft && there.act === held.act);
    if (!isFree) throw new Problem('domain-taken', { status: 409, values: { domain } });
    return { put: mine, result: !isOwn };
  });
}

async function isLeftOver(
  store: DomainStore,
  domain: string,
  { organisation, at }: DomainClaim,
  now: number,
): Promise<boolean> {
  if (at + ABANDONED_AFTER > now) return false;
  // One that is not there is being added, or was removed and has given up its own.
  const holder = await getOrganisation(store, organisation);
  return holder?.domains?.includes(domain) !== true;
}

/** A claim that somebody else has made meanwhile is left alone. */
async function endDomains(
  store: DomainStore,
  id: string,
  touched: ReadonlyMap<string, string>,
): Promise<void> {
  const organisation = await getOrganisation(store, id);
  for (const [domain, act] of touched)
    if (!organisation?.domains?.includes(domain))
      await store.update(domainCollection, domain, (there): Change<DomainClaim, void> =>
        there?.act === act ? { remove: true, result: undefined } : { result: undefined },
      );
}

/** `beginDomains` around the write; of a store that did not answer nobody knows what it has. */
export async function withDomains<R>(
  store: DomainStore,
  holder: Holder,
  now: number,
  write: () => Promise<R>,
): Promise<R> {
  const end = await beginDomains(store, holder, now);
  const result = await write().catch(async (error: unknown) => {
    if (error instanceof Problem) await end();
    throw error;
  });
  await end();
  return result;
}
