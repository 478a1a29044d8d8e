import {
  acceptRedirect,
  acceptRedirectInput,
  judgeRedirect,
} from '../../operations/clients/accept-redirect.ts';
import { listRefusals, type ListedRefusals } from '../../operations/clients/list-refusals.ts';
import { operatorPerformed } from '../../audit/performed.ts';
import { valueOf } from '../../result.ts';
import { printable } from '../../text/printable.ts';
import { shell } from '../../templates/quoting.ts';
import { UsageError } from '../usage-error.ts';
import { onlyPositional, withInstallation, type Command } from '../command.ts';
import { confirm, CONFIRMED } from '../confirm.ts';
import { inputFrom } from '../input.ts';
import { groupsOf, view } from './parts.ts';

type Refusal = ListedRefusals['refusals'][number];

export const clientRefusals: Command = {
  usage: 'CLIENT_ID',
  options: {},
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const id = onlyPositional(args, 'CLIENT_ID');
      const performed = operatorPerformed(installation.config, world.now());
      const { client, refusals } = valueOf(await listRefusals(installation, performed, id));
      const registered = {
        redirect_uris: client.redirectUris,
        post_logout_redirect_uris: client.postLogoutRedirectUris,
        scopes: client.scopes,
      };
      const json = { client_id: client.id, ...registered, refusals: refusals.map(shown) };
      if (refusals.length === 0)
        return { text: `Nothing of ${client.id} was refused in the last 30 days.`, json };
      return {
        text: [...refusals.flatMap(inLines), ...hints(client.id, refusals)].join('\n'),
        json,
      };
    }),
};

function shown({ endpoint, reason, value, count, firstAt, lastAt, acceptable }: Refusal) {
  const at = (time: number): string => new Date(time).toISOString();
  return { endpoint, reason, value, count, first_at: at(firstAt), last_at: at(lastAt), acceptable };
}

const WORDS: Readonly<Record<string, string>> = {
  redirect_uri: 'redirect URI that is not registered',
  post_logout_redirect_uri: 'address after sign-out that is not registered',
  scope: 'scope that it may not have',
  scope_ignored: 'scope that was left out',
  not_open: 'somebody whom it is not open to',
};

function inLines({ endpoint, reason, value, count, lastAt, acceptable }: Refusal): string[] {
  const at = new Date(lastAt).toISOString().slice(0, 16).replace('T', ' ');
  const times = count === 1 ? 'once' : `${count} times`;
  const what = WORDS[reason] ?? reason;
  const head = `${at}  ${times.padEnd(10)}  ${endpoint}: ${printable(what)}`;
  if (value === '' || value === reason) return [head];
  return [head, `    ${printable(value)}${acceptable ? '   (of an origin that it has)' : ''}`];
}

function hints(id: string, refusals: readonly Refusal[]): string[] {
  const uri = refusals.find(({ acceptable }) => acceptable)?.value;
  const note = 'Anybody can cause these with a link: they say what came, not who sent it.';
  if (uri === undefined) return ['', note];
  // It is copied into a shell, and whoever sent it may have meant just that.
  return [
    '',
    note,
    `To register one: latchkey client accept-redirect ${id} ${shell(printable(uri))}`,
  ];
}

export const clientAcceptRedirect: Command = {
  usage: 'CLIENT_ID URI [--yes]',
  options: CONFIRMED,
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const [id, uri, ...more] = args.positionals;
      if (id === undefined || uri === undefined) throw new UsageError('CLIENT_ID URI is missing.');
      if (more.length > 0) throw new UsageError('One URI is accepted at a time.');
      const input = inputFrom(acceptRedirectInput, { uri });
      const performed = operatorPerformed(installation.config, world.now());
      const { nearest } = valueOf(await judgeRedirect(installation, performed, id, input));
      const what = [
        `People of ${printable(id)} can be sent back to this address then, with their codes:`,
        `  registered:  ${printable(nearest)}`,
        `  to be, too:  ${printable(uri)}`,
        `${' '.repeat(15 + commonLength(nearest, uri))}^ from here on it is another one`,
        'Is that address the app’s own? Anybody can have sent it here.',
      ];
      await confirm(world, args.options, what.join('\n'));
      const accepted = valueOf(await acceptRedirect(installation, performed, id, input));
      const { client, changed } = accepted;
      const json = { ...view(client, await groupsOf(installation.store, client)), changed };
      return { text: `Registered ${printable(uri)} for ${printable(id)}.`, json };
    }),
};

function commonLength(one: string, other: string): number {
  const at = [...one].findIndex((character, nth) => character !== other[nth]);
  return at < 0 ? one.length : at;
}
