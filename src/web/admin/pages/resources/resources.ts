/** `/admin/resources`: what is handed access tokens, with its scopes. */
import { removeResource } from '../../../../operations/resources/remove-resource.ts';
import { listClients } from '../../../../oidc/clients/clients.ts';
import { listResources } from '../../../../oidc/resources/resources.ts';
import { ACR } from '../../../../policy/factors.ts';
import { BUILT_IN, type ResourceRecord } from '../../../../records/resource.ts';
import { appPath } from '../../apps/app.ts';
import { ask } from '../../confirm.ts';
import { hasRowFor, type AdminPage, type AdminVisit } from '../../page.ts';
import { resourceForms } from './forms.ts';
import { resourceOf, resourcePath, RESOURCES } from './resource.ts';

const list: AdminPage = {
  path: RESOURCES,
  operation: 'resource.list',
  section: 'resources',
  fresh: false,

  async show({ parts, person }) {
    const all = await Array.fromAsync(listResources(parts.store));
    const context = {
      resources: all.map((one) => ({
        href: resourcePath(one.id),
        id: one.id,
        own: BUILT_IN.has(one.id),
        scopes: one.scopes.map(({ name }) => name).join(' '),
        format: one.format,
        lifetime: one.lifetime,
      })),
      mayAdd: hasRowFor(person, 'resource.add'),
    };
    return { show: 'admin/resources', context };
  },
};

const one: AdminPage = {
  path: `${RESOURCES}/:resource`,
  operation: 'resource.show',
  section: 'resources',
  fresh: false,

  async show(visit) {
    const resource = await resourceOf(visit);
    const { id, scopes, format, lifetime, alg, createdAt } = resource;
    const own = BUILT_IN.has(id);
    const context = {
      resource: { id, format, lifetime, alg, own, createdAt: own ? null : createdAt },
      scopes: scopes.map(({ name, description, requireAcr }) => ({
        name,
        description,
        // Of a built-in one the catalogue has it, as consents say it.
        acr: requireAcr === null ? 'none' : ACR[requireAcr],
      })),
      clients: await clientsOf(visit, resource),
      edit: resourcePath(id, 'edit'),
      remove: own ? null : resourcePath(id, 'remove'),
    };
    return { show: 'admin/resource', context };
  },
};

/** Apps that are shown of a resource. */
const MOST_CLIENTS = 50;

/** Those that belong to it, and those that may ask for one of its scopes. */
async function clientsOf({ parts }: AdminVisit, { id, scopes }: ResourceRecord) {
  const names = scopes.map(({ name }) => name);
  const found: { name: string; href: string; belongs: boolean }[] = [];
  for await (const client of listClients(parts.store)) {
    const belongs = client.resource === id;
    if (!belongs && !client.scopes.some((name) => names.includes(name))) continue;
    found.push({ name: client.name, href: appPath(client.id), belongs });
    if (found.length === MOST_CLIENTS) break;
  }
  return found.toSorted((a, b) => Number(b.belongs) - Number(a.belongs));
}

const remove: AdminPage = {
  path: `${RESOURCES}/:resource/remove`,
  operation: 'resource.remove',
  section: 'resources',
  fresh: true,
  async show(visit) {
    return ask('resource-remove', questionOf(await resourceOf(visit)));
  },
  async submit(visit) {
    const resource = await resourceOf(visit);
    const { parts, performed } = visit;
    const removed = await removeResource(parts, performed, resource.id);
    if (!removed.ok) return ask('resource-remove', questionOf(resource), removed.problem);
    return { to: RESOURCES, said: { what: 'resource-removed', values: { id: resource.id } } };
  },
};

function questionOf({ id, scopes }: ResourceRecord) {
  const values = { id, scopes: scopes.map(({ name }) => name).join(', ') };
  return { back: resourcePath(id), values };
}

export const resourcePages: readonly AdminPage[] = [list, ...resourceForms, one, remove];
