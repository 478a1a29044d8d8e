import {
  changeClient,
  changeClientInput,
  type ChangedClient,
  type ClientChange,
} from '../../operations/clients/change-client.ts';
import { valueOf } from '../../result.ts';
import { ACR } from '../../policy/factors.ts';
import { printable } from '../../text/printable.ts';
import { CONFIRMED } from '../confirm.ts';
import { confirmFor, groupsOf, listFrom, view, YES_NO, yesOrNo } from './parts.ts';
import { FIELD_OPTIONS, FIELD_USAGE, fieldsFrom } from './fields.ts';
import { inputFrom } from '../input.ts';
import { operatorPerformed } from '../../audit/performed.ts';
import type { Installation } from '../../server/opened.ts';
import type { World } from '../../server/world.ts';
import { UsageError } from '../usage-error.ts';
import {
  onlyPositional,
  string,
  withInstallation,
  type Command,
  type Options,
} from '../command.ts';
import { describe } from '../policy-options.ts';
import { given } from '../../operations/input.ts';

const LIST = { type: 'string', multiple: true } as const;

export const clientSet: Command = {
  usage: [
    'CLIENT_ID [--name NAME] [--third-party yes|no] [--client-credentials yes|no]',
    `[--require-acr ACR|none]`,
    ...FIELD_USAGE,
    '[--add-redirect-uri URI…] [--remove-redirect-uri URI…] [--add-post-logout-uri URI…]',
    '[--remove-post-logout-uri URI…] [--add-scope SCOPE…] [--remove-scope SCOPE…]',
    '[--add-org ID…] [--remove-org ID…] [--leaked] [--yes]',
    '',
    'What is given replaces what was there, lists too; none, or nothing, takes it away. --leaked, with other',
    'keys of an app that signs: somebody else may have had the old ones, so what was issued to it ends.',
  ]
    .join('\n         ')
    .replace(/\n +\n +/u, '\n\n'),
  options: {
    ...FIELD_OPTIONS,
    name: { type: 'string' },
    'require-acr': { type: 'string', values: [...Object.values(ACR), 'none'] },
    'third-party': { type: 'string', values: YES_NO },
    'client-credentials': { type: 'string', values: YES_NO },
    'add-redirect-uri': LIST,
    'remove-redirect-uri': LIST,
    'add-post-logout-uri': LIST,
    'remove-post-logout-uri': LIST,
    'add-scope': LIST,
    'remove-scope': LIST,
    'add-org': LIST,
    'remove-org': LIST,
    leaked: { type: 'boolean' },
    ...CONFIRMED,
  },
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const id = onlyPositional(args, 'CLIENT_ID');
      const change = await changeFrom(world, installation, args.options);
      if (change.leaked) await confirmFor(world, args, installation, ends(id));
      if (Object.keys(change).length === 0) throw new UsageError('Nothing to change was given.');
      const performed = operatorPerformed(installation.config, world.now());
      const result = valueOf(await changeClient(installation, performed, id, change));
      const { client, changed, secret } = result;
      const shown = view(client, await groupsOf(installation.store, client));
      const told = toldOf(id, result, change.leaked === true);
      if (secret === undefined) return { text: told, json: { ...shown, changed } };
      const text = `${told}\nclient_secret:  ${secret}   (shown once)`;
      return { text, json: { ...shown, changed, client_secret: secret } };
    }),
};

function toldOf(id: string, { changed }: ChangedClient, leaked: boolean): string {
  const ended = ['All grants and tokens of it have ended: people come to it by a new sign-in.'];
  const isChanged = Object.keys(changed).length > 0;
  return [
    ...(isChanged || !leaked ? [describe(`client ${id}`, changed)] : []),
    ...(leaked ? ended : []),
  ].join('\n');
}

const ends = (id: string): string =>
  `This ends the keys of ${printable(id)} that are not given, and everything that was issued to it.`;

async function changeFrom(
  world: World,
  { store }: Installation,
  options: Options,
): Promise<ClientChange> {
  // Not `removable`: a variable that happens to be empty must not take a requirement away.
  const acr = string(options, 'require-acr');
  const third = yesOrNo(options, 'third-party');
  const change = given<Required<ClientChange>>({
    ...(await fieldsFrom(world, store, options)),
    name: string(options, 'name'),
    requireAcr: acr === 'none' ? null : acr,
    firstParty: third === undefined ? undefined : !third,
    clientCredentials: yesOrNo(options, 'client-credentials'),
    add: listsFrom(options, 'add'),
    remove: listsFrom(options, 'remove'),
    leaked: options['leaked'] === true ? true : undefined,
  } as { [Name in keyof Required<ClientChange>]: ClientChange[Name] });
  return inputFrom(changeClientInput, change as object);
}

function listsFrom(options: Options, act: 'add' | 'remove'): ClientChange['add'] {
  const lists = given<Required<NonNullable<ClientChange['add']>>>({
    redirectUris: listFrom(options, `${act}-redirect-uri`),
    postLogoutRedirectUris: listFrom(options, `${act}-post-logout-uri`),
    scopes: listFrom(options, `${act}-scope`),
    organisations: listFrom(options, `${act}-org`),
  });
  return Object.keys(lists).length === 0 ? undefined : lists;
}
