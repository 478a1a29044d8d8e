import {
  changeClient,
  changeClientInput,
  type ClientChange,
} from '../../operations/clients/change-client.ts';
import { valueOf } from '../../result.ts';
import { ACR } from '../../policy/factors.ts';
import { organisationsFrom, removable, view, YES_NO, yesOrNo } from './parts.ts';
import { inputFrom } from '../input.ts';
import { operatorPerformed } from '../../audit/performed.ts';
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

export const clientSet: Command = {
  usage: [
    'CLIENT_ID [--org ID… | --all-orgs] [--trusted-computers yes|no]',
    '[--require-acr ACR|none] [--third-party yes|no] [--offline-access yes|no]',
    '[--require-pkce yes|no] [--client-uri URL|none]',
  ].join('\n         '),
  options: {
    org: { type: 'string', multiple: true },
    'all-orgs': { type: 'boolean' },
    'trusted-computers': { type: 'string', values: YES_NO },
    'require-acr': { type: 'string', values: [...Object.values(ACR), 'none'] },
    'third-party': { type: 'string', values: YES_NO },
    'require-pkce': { type: 'string', values: YES_NO },
    'offline-access': { type: 'string', values: YES_NO },
    'client-uri': { type: 'string' },
  },
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const id = onlyPositional(args, 'CLIENT_ID');
      const change = changeFrom(args.options);
      if (Object.keys(change).length === 0) throw new UsageError('Nothing to change was given.');
      const performed = operatorPerformed(installation.config, world.now());
      const { client, changed } = valueOf(await changeClient(installation, performed, id, change));
      return { text: describe(`client ${id}`, changed), json: { ...view(client), changed } };
    }),
};

function changeFrom(options: Options): ClientChange {
  const some = organisationsFrom(options);
  const all = options['all-orgs'] === true;
  if (some && all) throw new UsageError('--org and --all-orgs exclude each other.');
  // Not `removable`: a variable that happens to be empty must not take a requirement away.
  const acr = string(options, 'require-acr');
  const third = yesOrNo(options, 'third-party');
  const change = given<Required<ClientChange>>({
    organisations: all ? null : (some ?? undefined),
    requireAcr: acr === 'none' ? null : acr,
    acceptTrust: yesOrNo(options, 'trusted-computers'),
    firstParty: third === undefined ? undefined : !third,
    requirePkce: yesOrNo(options, 'require-pkce'),
    offlineAccess: yesOrNo(options, 'offline-access'),
    clientUri: removable(options, 'client-uri'),
  });
  return inputFrom(changeClientInput, change);
}
