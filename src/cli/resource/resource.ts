import { operatorPerformed } from '../../audit/performed.ts';
import { listResources } from '../../oidc/resources/resources.ts';
import { addResource, addResourceInput } from '../../operations/resources/add-resource.ts';
import { changeResource, changeResourceInput } from '../../operations/resources/change-resource.ts';
import { resourceNamed } from '../../operations/resources/resource-named.ts';
import { removeResource } from '../../operations/resources/remove-resource.ts';
import { ACR } from '../../policy/factors.ts';
import { TOKEN_FORMATS, type ResourceRecord, type ResourceScope } from '../../records/resource.ts';
import { SIGNING_ALGS } from '../../records/signing-key.ts';
import { valueOf } from '../../result.ts';
import type { Installation } from '../../server/opened.ts';
import type { Store } from '../../storage/store.ts';
import { printable } from '../../text/printable.ts';
import { given } from '../../operations/input.ts';
import {
  oneOf,
  onlyPositional,
  string,
  strings,
  withInstallation,
  type Command,
  type Options,
  type Outcome,
} from '../command.ts';
import { confirm, CONFIRMED } from '../confirm.ts';
import { inputFrom } from '../input.ts';
import { printList, type ListItem } from '../list.ts';
import { describe } from '../policy-options.ts';
import { UsageError } from '../usage-error.ts';

const OPTIONS = {
  scope: { type: 'string', multiple: true },
  'require-acr': { type: 'string', multiple: true },
  format: { type: 'string', values: TOKEN_FORMATS },
  lifetime: { type: 'string' },
  alg: { type: 'string', values: SIGNING_ALGS },
} as const;
const TOKENS_USAGE = '[--format opaque|jwt] [--lifetime SECONDS] [--alg RS256|ES256]';

/** Said wherever tokens become JWTs: what an administrator gives up by it. */
const OF_JWT =
  'Its access tokens are JWTs: they can be neither introspected nor revoked, and nothing ends them before they expire, not even when the person is disabled.';

export const resourceAdd: Command = {
  usage: `URI --scope NAME=DESCRIPTION… [--require-acr SCOPE=ACR…]\n         ${TOKENS_USAGE}`,
  options: OPTIONS,
  run: (world, args) => {
    const add = async (installation: Installation): Promise<Outcome> => {
      const performed = operatorPerformed(installation.config, world.now());
      const acr = acrFrom(args.options);
      const scopes = scopesFrom(args.options);
      const unknown = Object.keys(acr).find((name) => !scopes.some((one) => one.name === name));
      if (unknown !== undefined)
        throw new UsageError(`--require-acr names ${unknown}, which no --scope names.`);
      const input = inputFrom(addResourceInput, {
        id: onlyPositional(args, 'URI'),
        scopes: scopes.map((scope) => ({ ...scope, requireAcr: acr[scope.name] ?? null })),
        ...tokensFrom(args.options),
      });
      const added = valueOf(await addResource(installation, performed, input));
      return {
        text: [`Added resource ${added.id}.`, ...inLines(added)].join('\n'),
        json: view(added),
      };
    };
    return withInstallation(world, args.options, add, { mayMake: true });
  },
};

export const resourceSet: Command = {
  usage: `URI [--scope NAME=DESCRIPTION…] [--remove-scope NAME…] [--require-acr SCOPE=ACR|none…]\n         ${TOKENS_USAGE}`,
  options: { ...OPTIONS, 'remove-scope': { type: 'string', multiple: true } },
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const id = onlyPositional(args, 'URI');
      const performed = operatorPerformed(installation.config, world.now());
      const change = inputFrom(changeResourceInput, changeFrom(args.options));
      if (Object.keys(change).length === 0) throw new UsageError('Nothing to change was given.');
      const result = await changeResource(installation, performed, id, change);
      const { resource, changed } = valueOf(result);
      const told = describe(`resource ${printable(id)}`, changed);
      return {
        text: change.format === 'jwt' ? `${told}\n${OF_JWT}` : told,
        json: { ...view(resource), changed },
      };
    }),
};

function changeFrom(options: Options) {
  const [scopes, removeScopes, acr] = [
    scopesFrom(options),
    strings(options, 'remove-scope'),
    acrFrom(options),
  ];
  return {
    ...tokensFrom(options),
    ...(scopes.length > 0 ? { scopes } : {}),
    ...(removeScopes.length > 0 ? { removeScopes } : {}),
    ...(Object.keys(acr).length > 0 ? { requireAcr: acr } : {}),
  };
}

export const resourceRemove: Command = {
  usage: 'URI [--yes]',
  options: CONFIRMED,
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const id = onlyPositional(args, 'URI');
      await resourceNamed(installation.store, id);
      const what = `This removes the resource ${printable(id)}: its access tokens are no longer active, and no client gets another.`;
      await confirm(world, args.options, what);
      const performed = operatorPerformed(installation.config, world.now());
      valueOf(await removeResource(installation, performed, id));
      return { text: `Removed resource ${printable(id)}.`, json: { id, removed: true } };
    }),
};

export const resourceShow: Command = {
  usage: 'URI',
  options: {},
  run: (world, args) =>
    withInstallation(world, args.options, async ({ store }) => {
      const resource = await resourceNamed(store, onlyPositional(args, 'URI'));
      return {
        text: [`resource:       ${resource.id}`, ...inLines(resource)].join('\n'),
        json: view(resource),
      };
    }),
};

export const resourceList: Command = {
  usage: '',
  options: {},
  run: (world, { options }) =>
    withInstallation(world, options, async ({ store }) => {
      await printList(world, options, listed(store), 'No resources.');
      return undefined;
    }),
};

async function* listed(store: Store): AsyncGenerator<ListItem> {
  for await (const resource of listResources(store)) {
    const { id, scopes, format, lifetime } = resource;
    const names = scopes.map(({ name }) => name).join(' ');
    yield {
      row: { id, scopes: names, format, lifetime: `${lifetime} s` },
      json: view(resource),
    };
  }
}

/** `NAME=DESCRIPTION`, each. */
function scopesFrom(options: Options): { name: string; description: string }[] {
  return strings(options, 'scope').map((given) => {
    const [name, description] = pair(given);
    return { name, description: description ?? '' };
  });
}

/** `SCOPE=ACR`, each; null: `none`. */
function acrFrom(options: Options): Record<string, string | null> {
  const pairs = strings(options, 'require-acr').map((given): [string, string | null] => {
    const [name, acr] = pair(given);
    if (acr === undefined)
      throw new UsageError(`--require-acr is SCOPE=ACR. It is "${printable(given)}".`);
    return [name, acr === 'none' ? null : acr];
  });
  return Object.fromEntries(pairs);
}

function pair(given: string): [string, string | undefined] {
  const at = given.indexOf('=');
  return at < 0 ? [given, undefined] : [given.slice(0, at), given.slice(at + 1)];
}

function tokensFrom(options: Options) {
  const lifetime = string(options, 'lifetime');
  return given<{
    format: ResourceRecord['format'];
    lifetime: number;
    alg: ResourceRecord['alg'];
  }>({
    format: oneOf(options, 'format', TOKEN_FORMATS),
    // What is no number is out of every range.
    lifetime: lifetime === undefined ? undefined : secondsOf(lifetime),
    alg: oneOf(options, 'alg', SIGNING_ALGS),
  });
}

function secondsOf(text: string): number {
  if (/^\d{1,9}$/u.test(text)) return Number(text);
  throw new UsageError(`--lifetime is a number of seconds. It is "${printable(text)}".`);
}

function inLines({ scopes, format, lifetime, alg }: ResourceRecord): string[] {
  return [
    ...scopes.map((scope) => `scope:          ${scopeLine(scope)}`),
    `access tokens:  ${format === 'jwt' ? `JWT, signed with ${alg}` : 'opaque'}, valid for ${lifetime} seconds`,
    ...(format === 'jwt' ? [OF_JWT] : []),
  ];
}

function scopeLine({ name, description, requireAcr }: ResourceScope): string {
  const floor = requireAcr ? ` (requires ${ACR[requireAcr]})` : '';
  return `${name}${description === '' ? '' : `: ${printable(description)}`}${floor}`;
}

function view({ id, scopes, format, lifetime, alg }: ResourceRecord) {
  return {
    id,
    scopes: scopes.map(({ name, description, requireAcr }) => ({
      name,
      description,
      require_acr: requireAcr && ACR[requireAcr],
    })),
    format,
    lifetime,
    alg,
  };
}
