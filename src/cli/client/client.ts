import { addClient, addClientInput } from '../../operations/clients/add-client.ts';
import { removeClient } from '../../operations/clients/remove-client.ts';
import { namesakes } from '../../oidc/clients/client-names.ts';
import { needs } from '../../oidc/clients/needs.ts';
import { CLIENT_KINDS, type ClientRecord } from '../../records/client.ts';
import { listClients } from '../../oidc/clients/clients.ts';
import { printable } from '../../text/printable.ts';
import { valueOf } from '../../result.ts';
import { ACR } from '../../policy/factors.ts';
import { confirmFor, groupsOf, view, yesOrNo } from './parts.ts';
import { FIELD_OPTIONS, FIELD_USAGE, fieldsFrom } from './fields.ts';
import { broughtSecret } from './secrets.ts';
import { needsInLines } from './needs.ts';
import { handOverTemplate, TEMPLATE_OPTIONS, TEMPLATE_USAGE, withTemplate } from './template.ts';
import type { World } from '../../server/world.ts';
import type { Store } from '../../storage/store.ts';
import { printList, type ListItem } from '../list.ts';
import { programIn } from '../everywhere.ts';
import { inputFrom } from '../input.ts';
import { operatorPerformed } from '../../audit/performed.ts';
import { CONFIRMED } from '../confirm.ts';
import { UsageError } from '../usage-error.ts';
import {
  onlyPositional,
  oneOf,
  string,
  withInstallation,
  type Arguments,
  type Command,
  type Options,
  type Outcome,
} from '../command.ts';
import type { Installation } from '../../server/opened.ts';

export const clientAdd: Command = {
  usage: [
    `NAME [--kind ${CLIENT_KINDS.join('|')}] [--id ID]`,
    '[--third-party] [--client-credentials] [--no-trusted-computers] [--require-acr ACR]',
    '[--secret-file FILE|-]',
    ...FIELD_USAGE,
    TEMPLATE_USAGE,
  ].join('\n         '),
  options: {
    ...FIELD_OPTIONS,
    kind: { type: 'string', values: CLIENT_KINDS },
    id: { type: 'string' },
    'require-acr': { type: 'string', values: Object.values(ACR) },
    'third-party': { type: 'boolean' },
    'client-credentials': { type: 'boolean' },
    'without-pkce': { type: 'boolean', former: true },
    'no-trusted-computers': { type: 'boolean' },
    'secret-file': { type: 'string' },
    ...TEMPLATE_OPTIONS,
  },
  run: (world, given) => {
    const args = withTemplate(given, clientAdd.options);
    const add = async (installation: Installation): Promise<Outcome> => {
      const performed = operatorPerformed(installation.config, world.now());
      const input = await newClient(world, installation, args);
      const { client, secret } = valueOf(await addClient(installation, performed, input));
      const same = await namesakes(installation.store, client);
      if (args.options['json'] !== true) warnOfNamesakes(world, client, same);
      const known = { client, issuer: installation.config.issuer };
      const handed = await handOverTemplate(world, args, installation, { client, secret });
      const lines = [
        `Added client "${printable(client.name)}".`,
        `client_id:      ${client.id}`,
        ...secretLine(client, secret),
        ...needsInLines(known),
        ...(handed ? [handed.text] : []),
      ];
      const json = {
        ...view(client, await groupsOf(installation.store, client)),
        ...(secret ? { client_secret: secret } : {}),
        ...needs(known),
        same_name: same,
        ...handed?.json,
      };
      return { text: lines.join('\n'), json };
    };
    return withInstallation(world, args.options, add, { mayMake: true });
  },
};

function secretLine({ secrets }: ClientRecord, secret: string | null): string[] {
  if (secret !== null) return [`client_secret:  ${secret}   (shown once)`];
  return secrets.length > 0 ? ['client_secret:  the one that was brought along'] : [];
}

/** Allowed, as an app may be installed twice; people have to tell them apart. */
function warnOfNamesakes({ stderr }: World, { name }: ClientRecord, ids: readonly string[]): void {
  if (ids.length === 0) return;
  const others = `${ids.slice(0, 10).join(', ')}${ids.length > 10 ? ', …' : ''}`;
  stderr.write(
    `Warning: others are called "${printable(name)}" too (${others}); people are shown its id beside the name.\n`,
  );
}

async function newClient(world: World, { store }: Installation, args: Arguments) {
  const { options } = args;
  if (options['secret-file'] === '-' && options['jwks-file'] === '-')
    throw new UsageError('Standard input is one of them: --secret-file - or --jwks-file -.');
  const { redirectUris = [], ...fields } = await fieldsFrom(world, store, options);
  return inputFrom(addClientInput, {
    ...(fields as object),
    name: onlyPositional(args, 'NAME'),
    id: string(options, 'id'),
    secret: await broughtSecret(world, string(options, 'secret-file')),
    kind: oneOf(options, 'kind', CLIENT_KINDS) ?? 'web',
    redirectUris: [...redirectUris],
    requireAcr: string(options, 'require-acr'),
    firstParty: options['third-party'] !== true,
    clientCredentials: options['client-credentials'] === true ? true : undefined,
    requirePkce: pkceFrom(options),
    acceptTrust: options['no-trusted-computers'] === true ? false : fields.acceptTrust,
  });
}

function pkceFrom(options: Options): boolean | undefined {
  const required = yesOrNo(options, 'require-pkce');
  if (options['without-pkce'] !== true) return required;
  if (required === true)
    throw new UsageError('--without-pkce and --require-pkce yes exclude each other.');
  return false;
}

export const clientList: Command = {
  usage: '',
  options: {},
  run: (world, { options }) =>
    withInstallation(world, options, async ({ store }) => {
      const empty = `No clients yet. Add one: ${programIn(world)} client add NAME --redirect-uri URI`;
      await printList(world, options, listed(store), empty, { dispensable: ['alg'] });
      return undefined;
    }),
};

async function* listed(store: Store): AsyncGenerator<ListItem> {
  for await (const client of listClients(store)) {
    const json = view(client, await groupsOf(store, client));
    const { client_id, name, kind, alg, redirect_uris } = json;
    yield { row: { client_id, name, kind, alg, redirect_uris: redirect_uris.join(' ') }, json };
  }
}

export const clientRemove: Command = {
  usage: 'CLIENT_ID [--yes]',
  options: CONFIRMED,
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const id = onlyPositional(args, 'CLIENT_ID');
      const what = `This removes the client ${printable(id)}: nobody can sign in to it any more, and its tokens are refused.`;
      await confirmFor(world, args, installation, what);
      const performed = operatorPerformed(installation.config, world.now());
      valueOf(await removeClient(installation, performed, id));
      return { text: `Removed client ${id}.`, json: { client_id: id, removed: true } };
    }),
};
