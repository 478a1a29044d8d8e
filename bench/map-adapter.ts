/**
 * oidc-provider's own memory adapter on plain Maps: nothing is ever pushed out (the library's keeps
 * the newest thousand only), nothing is copied, hashed or written anywhere.
 */
import type { Adapter, AdapterPayload } from 'oidc-provider';

/** The factory that the library calls once for each model. */
export function createMapAdapters(): (model: string) => Adapter {
  const grants = new Map<string, Set<() => void>>();
  return (model) => mapAdapter(model === 'Grant' ? undefined : grants);
}

/** `grants`: how to delete what was issued under each. */
function mapAdapter(grants: Map<string, Set<() => void>> | undefined): Adapter {
  const documents = new Map<string, AdapterPayload>();
  const byUid = new Map<string, string>();

  return {
    async upsert(id, payload) {
      documents.set(id, payload);
      if (payload.kind === 'Session' && payload.uid) byUid.set(payload.uid, id);
      if (grants && payload.grantId) remember(grants, payload.grantId, () => documents.delete(id));
    },
    async find(id) {
      return documents.get(id);
    },
    async findByUid(uid) {
      return documents.get(byUid.get(uid) ?? '');
    },
    async findByUserCode() {
      return undefined;
    },
    async consume(id) {
      const payload = documents.get(id);
      if (payload) payload.consumed = Math.floor(Date.now() / 1000);
    },
    async destroy(id) {
      documents.delete(id);
    },
    async revokeByGrantId(grantId) {
      for (const forget of grants?.get(grantId) ?? []) forget();
      grants?.delete(grantId);
    },
  };
}

function remember(grants: Map<string, Set<() => void>>, id: string, forget: () => void): void {
  const known = grants.get(id);
  if (known) known.add(forget);
  else grants.set(id, new Set([forget]));
}
