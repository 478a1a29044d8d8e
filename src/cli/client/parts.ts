/** What the commands for clients share. */
import { getClient } from '../../oidc/clients/clients.ts';
import { Problem } from '../../problem.ts';
import type { Installation } from '../../server/opened.ts';
import type { ClientRecord } from '../../records/client.ts';
import type { World } from '../../server/world.ts';
import { confirm } from '../confirm.ts';
import {
  onlyPositional,
  oneOf,
  string,
  strings,
  type Arguments,
  type Options,
} from '../command.ts';

/** Problem `client-unknown`. */
export async function clientNamed(
  { store }: Pick<Installation, 'store'>,
  id: string,
): Promise<ClientRecord> {
  const client = await getClient(store, id);
  if (!client) throw new Problem('client-unknown', { status: 404, values: { id } });
  return client;
}

/** One that is not there is no question. */
export async function confirmFor(
  world: World,
  args: Arguments,
  { store }: Installation,
  what: string,
): Promise<void> {
  if (args.options['yes'] !== true) await clientNamed({ store }, onlyPositional(args, 'CLIENT_ID'));
  await confirm(world, args.options, what);
}

/** Ids given with `--org`; null: open to all. */
export function organisationsFrom(options: Options): string[] | null {
  const ids = strings(options, 'org');
  return ids.length > 0 ? [...new Set(ids)] : null;
}

export const YES_NO = ['yes', 'no'] as const;

/** Undefined when it was not given. */
export function yesOrNo(options: Options, name: string): boolean | undefined {
  const answer = oneOf(options, name, YES_NO);
  return answer && answer === 'yes';
}

/** `none`, or nothing, takes away what was there; undefined when it was not given. */
export function removable(options: Options, name: string): string | null | undefined {
  const value = string(options, name);
  return value === '' || value === 'none' ? null : value;
}

export function view(client: ClientRecord) {
  return {
    client_id: client.id,
    name: client.name,
    kind: client.kind,
    alg: client.alg,
    redirect_uris: client.redirectUris,
    post_logout_redirect_uris: client.postLogoutRedirectUris,
    backchannel_logout_uri: client.backchannelLogoutUri,
    client_uri: client.clientUri,
    first_party: client.firstParty,
    require_pkce: client.requirePkce,
    offline_access: client.offlineAccess,
    require_acr: client.requireAcr,
    trusted_computers: client.acceptTrust,
    organisations: client.organisations,
  };
}
