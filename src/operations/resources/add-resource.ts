import type { z } from 'zod';
import type { Performed } from '../../audit/performed.ts';
import { withMessages } from '../../outbox/message.ts';
import { Problem } from '../../problem.ts';
import { resourceCollection, type ResourceRecord } from '../../records/resource.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Change, Store } from '../../storage/store.ts';
import { boundedText } from '../input.ts';
import { permission } from '../permission.ts';
import { resourceEvent } from './resource-event.ts';
import {
  checkIdentifier,
  checkOwn,
  checkScope,
  checkWhole,
  scopesInput,
  tokensInput,
} from './resource-input.ts';
import { withScopes } from './scope-claims.ts';

export const addResourceInput = tokensInput.extend({ id: boundedText, scopes: scopesInput });
export type NewResource = z.output<typeof addResourceInput>;

/** Seconds. */
const LIFETIME = 600;

/**
 * Registers a resource server: its scopes' names are claimed, and then it and its event are one write. The
 * identifier of one that was removed is free. Problems: `resource-format`, `resource-taken`,
 * `resource-built-in`, `scope-format`, `scope-taken`, `lifetime-range`, `acr-unknown`.
 */
export function addResource(
  { store }: { store: Pick<Store, 'get' | 'update'> },
  performed: Performed,
  input: NewResource,
): Promise<Result<ResourceRecord>> {
  return resultOf(async () => {
    const may = await permission(store, performed, 'resource.add');
    may({});
    const made = newResource(input, performed.now);
    const { id } = made;
    await checkFree(store, id);
    const act = { owner: id, before: [], after: made.scopes.map(({ name }) => name) };
    return withScopes(store, act, performed.now, () =>
      store.update(resourceCollection, id, (there): Change<ResourceRecord, ResourceRecord> => {
        if (there && !there.gone) throw taken(id);
        const added = resourceEvent(performed, id, 'resource.added');
        const put = { ...made, ...withMessages(there ?? {}, added) };
        return { put, result: put };
      }),
    );
  });
}

function newResource(input: NewResource, now: number): ResourceRecord {
  checkOwn(input.id, 'resource add');
  const made: ResourceRecord = {
    id: checkIdentifier(input.id),
    scopes: input.scopes.map(checkScope),
    format: input.format ?? 'opaque',
    lifetime: input.lifetime ?? LIFETIME,
    alg: input.alg ?? 'RS256',
    createdAt: now,
  };
  checkWhole(made);
  return made;
}

/** Before its scopes are claimed: those of the one that is there are its own. */
async function checkFree(store: Pick<Store, 'get'>, id: string): Promise<void> {
  const there = await store.get(resourceCollection, id);
  if (there && !there.gone) throw taken(id);
}

function taken(id: string): Problem {
  return new Problem('resource-taken', { status: 409, values: { id } });
}
