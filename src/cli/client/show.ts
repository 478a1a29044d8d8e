import { ACR } from '../../policy/factors.ts';
import type { ClientRecord } from '../../records/client.ts';
import { pkceOf } from '../../oidc/clients/client-pkce.ts';
import { clientNamed, view } from './parts.ts';
import { lines, needs, needsInLines } from './needs.ts';
import { onlyPositional, withInstallation, type Command } from '../command.ts';

const yesOrNo = (is: boolean): string => (is ? 'yes' : 'no');

/** What an administrator has said of it; of one that nobody signs in to, there is less to say. */
function registered(client: ClientRecord): Record<string, string> {
  const { id, name, kind, organisations, requireAcr } = client;
  return {
    client_id: id,
    name,
    kind,
    organisations: organisations?.join(' ') ?? 'all',
    ...(client.redirectUris.length === 0
      ? {}
      : {
          'third party': yesOrNo(!client.firstParty),
          'require acr': requireAcr === null ? 'none' : ACR[requireAcr],
          'accepts trust': yesOrNo(client.acceptTrust),
          'offline access': yesOrNo(client.offlineAccess),
          'client URI': client.clientUri ?? 'none',
        }),
  };
}

export const clientShow: Command = {
  usage: 'CLIENT_ID',
  options: {},
  run: (world, args) =>
    withInstallation(world, args.options, async ({ store, config: { issuer } }) => {
      const client = await clientNamed({ store }, onlyPositional(args, 'CLIENT_ID'));
      const known = { client, issuer, pkce: await pkceOf(store, client) };
      const json = { ...view(client), ...needs(known) };
      const text = [...lines(registered(client)), ...needsInLines(known)].join('\n');
      return { text, json };
    }),
};
