import type { Performed } from '../../audit/performed.ts';
import { withMessages } from '../../outbox/message.ts';
import { resourceCollection, type ResourceRecord } from '../../records/resource.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Change, Store } from '../../storage/store.ts';
import { permission } from '../permission.ts';
import { checkResourceUnused, checkScopesUnused } from './resource-clients.ts';
import { resourceEvent } from './resource-event.ts';
import { resourceNamed, resourceUnknown } from './resource-named.ts';
import { checkOwn } from './resource-input.ts';
import { releaseNames } from '../unique-names.ts';
import { scopeNames } from './scope-claims.ts';

/**
 * Of one that no client belongs to or may ask for. Its tokens are no longer active, and its identifier and
 * the names of its scopes are free. Problems: `resource-unknown`, `resource-built-in`, `resource-named`,
 * `scope-named`.
 */
export function removeResource(
  { store }: { store: Pick<Store, 'get' | 'scan' | 'update'> },
  performed: Performed,
  id: string,
): Promise<Result<void>> {
  return resultOf(async () => {
    const may = await permission(store, performed, 'resource.remove');
    may({});
    checkOwn(id, 'resource remove');
    const { scopes } = await resourceNamed(store, id);
    const names = scopes.map(({ name }) => name);
    await checkResourceUnused(store, id);
    await checkScopesUnused(store, names);
    await store.update(resourceCollection, id, (stored): Change<ResourceRecord, void> => {
      if (!stored || stored.gone) throw resourceUnknown(id);
      const told = withMessages(stored, resourceEvent(performed, id, 'resource.removed'));
      return { put: { ...stored, ...told, gone: true }, result: undefined };
    });
    await releaseNames(store, scopeNames, id, names, performed.now);
  });
}
