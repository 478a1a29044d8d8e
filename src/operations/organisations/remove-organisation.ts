import { eventAbout, type Performed } from '../../audit/performed.ts';
import { listClients } from '../../oidc/clients/clients.ts';
import { withMessages } from '../../outbox/message.ts';
import { Problem } from '../../problem.ts';
import {
  organisationCollection,
  updateOrganisation,
  type Organisation,
} from '../../records/organisation.ts';
import { retireLogo } from '../../records/branding/logo.ts';
import { listGroups } from '../../records/group.ts';
import { listPeople } from '../../records/person.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Change, Store } from '../../storage/store.ts';
import { permission } from '../permission.ts';
import { withDomains } from './organisation-domains.ts';

type RemovalStore = Pick<Store, 'get' | 'find' | 'scan' | 'update'>;

/**
 * Of an organisation that has no people and no groups, and that no client names. Its id is free, and the next
 * one of that id begins with nothing. Whoever is added or moved there at the same moment is refused, or keeps
 * it, and so is a group: both look again. Problems: `organisation-unknown`, `organisation-not-empty`,
 * `organisation-groups`, `organisation-named`.
 */
export function removeOrganisation(
  { store }: { store: RemovalStore },
  performed: Performed,
  id: string,
): Promise<Result<void>> {
  return resultOf(async () => {
    const may = await permission(store, performed, 'organisation.remove');
    may({ organisation: id });
    const { domains, logo } = await updateOrganisation(store, id, (there) => ({ result: there }));
    await checkUnused(store, id);
    const act = { owner: id, before: domains ?? [], after: [] };
    await withDomains(store, act, performed.now, () => remove(store, performed, id));
    if (logo) await retireLogo(store, logo, performed.now);
  });
}

async function remove(store: RemovalStore, performed: Performed, id: string): Promise<void> {
  const before = await updateOrganisation(store, id, (organisation) => {
    const details = { name: organisation.name };
    const content = { type: 'organisation.removed', organisation: id, details } as const;
    const told = withMessages(organisation, eventAbout(undefined, performed, content));
    return { set: { gone: true, ...told }, result: organisation };
  });
  await checkUnused(store, id).catch(async (problem: unknown) => {
    await putBack(store, performed, before);
    throw problem;
  });
}

/** Problems: `organisation-not-empty`, `organisation-groups`, `organisation-named`. */
export async function checkUnused(store: Pick<Store, 'find' | 'scan'>, id: string): Promise<void> {
  for await (const _ of listPeople(store, id))
    throw new Problem('organisation-not-empty', { status: 409, values: { id } });
  for await (const { name } of listGroups(store, id))
    throw new Problem('organisation-groups', { status: 409, values: { id, name } });
  const clients: string[] = [];
  for await (const client of listClients(store))
    if (client.organisations?.includes(id)) clients.push(client.id);
  if (clients.length === 0) return;
  const values = { id, clients: clients.join(', ') };
  throw new Problem('organisation-named', { status: 409, values });
}

/** Somebody came in meanwhile. */
async function putBack(
  store: RemovalStore,
  performed: Performed,
  { postings: _, ...before }: Organisation,
): Promise<void> {
  const content = { type: 'organisation.added', organisation: before.id } as const;
  const event = eventAbout(undefined, performed, { ...content, reasons: ['not empty'] });
  await store.update(organisationCollection, before.id, (there): Change<Organisation, void> =>
    there && !there.gone
      ? { result: undefined }
      : { put: { ...before, ...withMessages(there ?? {}, event) }, result: undefined },
  );
}
