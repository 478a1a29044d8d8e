/** What a scope of a resource requires of the sign-in is a floor of every request that asks for it. */
import type { ClientPolicy, Floor } from '../../policy/assurance.ts';
import { policyOf } from '../clients/clients.ts';
import { beyondOpenId } from './requested-resource.ts';
import type { Resources } from './resources.ts';

/**
 * What the client asks of people, and the scopes that it asks for with it. `scope`: a request's parameter,
 * or a token's.
 */
export async function policyFor(
  resources: Resources,
  client: object,
  scope: unknown,
): Promise<ClientPolicy> {
  return { ...policyOf(client), scopeFloors: await floorsOf(resources, scope) };
}

async function floorsOf(resources: Resources, scope: unknown): Promise<Floor[]> {
  const names = beyondOpenId(scope);
  if (names.length === 0) return [];
  const { byScope } = await resources.known();
  return names.flatMap((name) => {
    const floor = byScope.get(name)?.scopes.find((one) => one.name === name)?.requireAcr;
    return floor ? [{ floor, reason: `scope ${name} requires acr` }] : [];
  });
}
