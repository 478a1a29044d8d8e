import { withMessages } from '../../outbox/message.ts';
import { changes, type Changes } from '../../operations/changes.ts';
import { admissions } from '../../operations/clients/client-acts.ts';
import { changeClient, type ClientChange } from '../../operations/clients/client-change.ts';
import {
  checkOrganisations,
  clientEvent,
  organisationsFrom,
  removable,
  view,
  yesOrNo,
} from './parts.ts';
import { UsageError } from '../usage-error.ts';
import {
  onlyPositional,
  string,
  withInstallation,
  type Command,
  type Options,
} from '../command.ts';
import { describe, given } from '../policy-options.ts';

export const clientSet: Command = {
  usage: [
    'CLIENT_ID [--org ID… | --all-orgs] [--trusted-computers yes|no]',
    '[--require-acr ACR|none] [--third-party yes|no] [--offline-access yes|no]',
    '[--require-pkce yes|no] [--client-uri URL|none]',
  ].join('\n         '),
  options: {
    org: { type: 'string', multiple: true },
    'all-orgs': { type: 'boolean' },
    'trusted-computers': { type: 'string' },
    'require-acr': { type: 'string' },
    'third-party': { type: 'string' },
    'require-pkce': { type: 'string' },
    'offline-access': { type: 'string' },
    'client-uri': { type: 'string' },
  },
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const id = onlyPositional(args, 'CLIENT_ID');
      const change = changeFrom(args.options);
      if (Object.keys(change).length === 0) throw new UsageError('Nothing to change was given.');
      await checkOrganisations(installation, change.organisations);
      const { event } = clientEvent('client.changed', id, world.now());
      let told: Changes = {};
      const after = await changeClient(installation.store, id, change, (before, changed) => {
        told = changes(before, pick(changed, Object.keys(change)));
        if (Object.keys(told).length === 0) return {};
        const tell = withMessages(before, { event: { ...event, details: told } });
        return { ...admissions(before, changed, world.now()), ...tell };
      });
      return { text: describe(`client ${id}`, told), json: { ...view(after), changed: told } };
    }),
};

/** Only what was asked for is told: never a hash of the secret. */
function pick(client: object, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(client).filter(([name]) => names.includes(name)));
}

function changeFrom(options: Options): ClientChange {
  const some = organisationsFrom(options);
  const all = options['all-orgs'] === true;
  if (some && all) throw new UsageError('--org and --all-orgs exclude each other.');
  // Not `removable`: a variable that happens to be empty must not take a requirement away.
  const acr = string(options, 'require-acr');
  const third = yesOrNo(options, 'third-party');
  return given<Required<ClientChange>>({
    organisations: all ? null : (some ?? undefined),
    requireAcr: acr === 'none' ? null : acr,
    acceptTrust: yesOrNo(options, 'trusted-computers'),
    firstParty: third === undefined ? undefined : !third,
    requirePkce: yesOrNo(options, 'require-pkce'),
    offlineAccess: yesOrNo(options, 'offline-access'),
    clientUri: removable(options, 'client-uri'),
  });
}
