/** The end of an app: what ends with it, and for whom. */
import { removeClient } from '../../../../operations/clients/remove-client.ts';
import { secretUses } from '../../../../oidc/clients/secrets/secret-use.ts';
import { APPS, appOf, appPath } from '../../apps/app.ts';
import { ask } from '../../confirm.ts';
import type { AdminPage, AdminVisit } from '../../page.ts';

export const removeApp: AdminPage = {
  path: `${APPS}/:client/remove`,
  operation: 'client.remove',
  section: 'apps',
  fresh: true,
  async show(visit) {
    const { key, question } = await questionOf(visit);
    return ask(key, question);
  },
  async submit(visit) {
    const { key, question } = await questionOf(visit);
    const { parts, performed, params } = visit;
    const removed = await removeClient(parts, performed, params['client'] ?? '');
    if (!removed.ok) return ask(key, question, removed.problem);
    return { to: APPS, said: { what: 'app-removed', values: { name: question.values.name } } };
  },
};

async function questionOf(visit: AdminVisit) {
  const { client } = await appOf(visit);
  const { id, name, kind, organisations, secrets } = client;
  const uses = await secretUses(visit.parts.store, id, secrets);
  const usedAt = Math.max(0, ...[...uses.values()].map(({ at }) => at));
  const values = { name, id, organisations: organisations?.length ?? 0, usedAt };
  const key =
    kind === 'service' || kind === 'resource' || kind === 'mail'
      ? 'app-remove-service'
      : 'app-remove';
  return { key, question: { back: appPath(id), values } };
}
