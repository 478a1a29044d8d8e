import {
  addOrganisation,
  addOrganisationInput,
} from '../operations/organisations/add-organisation.ts';
import {
  changeOrganisation,
  changeOrganisationInput,
} from '../operations/organisations/change-organisation.ts';
import { changeBrandingInput } from '../operations/organisations/change-branding.ts';
import { checkOrganisations } from '../operations/organisations/check-organisations.ts';
import {
  checkUnused,
  removeOrganisation,
} from '../operations/organisations/remove-organisation.ts';
import type { OrganisationApps } from '../operations/organisations/organisation-apps.ts';
import { getGroups, groupNamed } from '../records/group.ts';
import {
  LONGEST_PASSCODE,
  SHORTEST_PASSCODE,
  type OrganisationPolicy,
} from '../operations/organisations/organisation-policy.ts';
import { listOrganisations, ORGANISATION_MFA, type Organisation } from '../records/organisation.ts';
import type { Store } from '../storage/store.ts';
import { printList, type ListItem } from './list.ts';
import { valueOf } from '../result.ts';
import { dayOf } from '../text/day-of.ts';
import { printable } from '../text/printable.ts';
import { confirm, CONFIRMED } from './confirm.ts';
import { UsageError } from './usage-error.ts';
import {
  onlyPositional,
  oneOf,
  string,
  strings,
  withInstallation,
  type Command,
  type Options,
  type Outcome,
} from './command.ts';
import type { Installation } from '../server/opened.ts';
import type { World } from '../server/world.ts';
import { programIn } from './everywhere.ts';
import { inputFrom } from './input.ts';
import { demandSecondPerson } from '../operations/approvals/organisation-rule.ts';
import type { Changes } from '../operations/changes.ts';
import { operationParts } from './parts.ts';
import { operatorPerformed, type Performed } from '../audit/performed.ts';
import { describe, factorsFrom, graceUntil, numberOrNone, trustedDays } from './policy-options.ts';
import { given } from '../operations/input.ts';
import {
  BRANDING_OPTIONS,
  BRANDING_USAGE,
  brand,
  brandingFrom,
  brandingView,
} from './organisation/branding.ts';

const YES_OR_NO = ['yes', 'no'] as const;

export const POLICY_OPTIONS = {
  mfa: { type: 'string', values: ORGANISATION_MFA },
  'grace-until': { type: 'string' },
  factors: { type: 'string' },
  'trusted-days': { type: 'string' },
  'session-hours': { type: 'string' },
  'session-idle-minutes': { type: 'string' },
  'passcode-days': { type: 'string' },
  'passcode-networks': { type: 'string', values: YES_OR_NO },
} as const;
const DOMAIN_OPTION = { domain: { type: 'string', multiple: true } } as const;
const ON_OFF = ['on', 'off'] as const;
export const POLICY_USAGE =
  '[--mfa off|optional|required] [--grace-until YYYY-MM-DD|none]\n         [--factors totp,passkey,email-code,one-time-codes] [--trusted-days N]\n         [--session-hours N|none] [--session-idle-minutes N|none] [--passcode-days N|none] [--passcode-networks yes|no]';

export function policyFrom(options: Options, now: number): OrganisationPolicy {
  const networks = oneOf(options, 'passcode-networks', YES_OR_NO);
  return given<Required<OrganisationPolicy>>({
    mfa: oneOf(options, 'mfa', ORGANISATION_MFA),
    mfaFrom: graceUntil(options, now),
    factors: factorsFrom(options),
    trustedDays: trustedDays(options),
    sessionAbsolute: seconds(
      numberOrNone(options, 'session-hours', { least: 1, most: 8760 }),
      3600,
    ),
    sessionIdle: seconds(
      numberOrNone(options, 'session-idle-minutes', { least: 15, most: 525_600 }),
      60,
    ),
    passcodeDays: numberOrNone(options, 'passcode-days', {
      least: SHORTEST_PASSCODE,
      most: LONGEST_PASSCODE,
    }),
    passcodeNetworks: networks === undefined ? undefined : networks === 'yes',
  });
}

function seconds(count: number | null | undefined, each: number): number | null | undefined {
  return typeof count === 'number' ? count * each : count;
}

export const orgAdd: Command = {
  usage: `NAME [--id ID] [--domain DOMAIN…] ${POLICY_USAGE}`,
  options: { ...POLICY_OPTIONS, ...DOMAIN_OPTION, id: { type: 'string' } },
  run: (world, args) => {
    const add = async (installation: Installation): Promise<Outcome> => {
      const performed = operatorPerformed(installation.config, world.now());
      const policy = policyFrom(args.options, performed.now);
      const input = inputFrom(addOrganisationInput, {
        ...policy,
        name: onlyPositional(args, 'NAME'),
        id: string(args.options, 'id'),
        ...domainsFrom(args.options),
      });
      const added = valueOf(await addOrganisation(installation, performed, input));
      const text = `Added organisation ${added.id} (${printable(added.name)}), MFA ${added.mfa}.`;
      const told = added.domains?.length === 0 ? [text, noDomain(world, added)] : [text];
      return { text: told.join('\n'), json: await view(installation.store, added) };
    };
    return withInstallation(world, args.options, add, { mayMake: true });
  },
};

export const orgSet: Command = {
  usage: `ID [--name NAME] [--domain DOMAIN… | --domain none] ${POLICY_USAGE}\n         [--second-person on|off] [--app CLIENT_ID=group:ID/NAME… | --app CLIENT_ID=everybody]\n         ${BRANDING_USAGE}`,
  options: {
    ...POLICY_OPTIONS,
    ...DOMAIN_OPTION,
    ...BRANDING_OPTIONS,
    name: { type: 'string' },
    'second-person': { type: 'string', values: ON_OFF },
    app: { type: 'string', multiple: true },
  },
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const id = onlyPositional(args, 'ID');
      const performed = operatorPerformed(installation.config, world.now());
      const told = {
        ...policyFrom(args.options, performed.now),
        ...nameFrom(args.options),
        ...domainsFrom(args.options),
        ...(await appsFrom(installation.store, args.options)),
      };
      const change = inputFrom(changeOrganisationInput, told);
      const looks = inputFrom(changeBrandingInput, await brandingFrom(world, args.options));
      const rule = oneOf(args.options, 'second-person', ON_OFF);
      if (Object.keys({ ...change, ...looks }).length === 0 && !rule)
        throw new UsageError('Nothing to change was given.');
      // First: a picture is what is refused most.
      const ofBrand = await brand(installation, performed, id, looks);
      const result = await changeOrganisation(installation, performed, id, change);
      const { organisation, changed: ofPolicy } = valueOf(result);
      const ofRule = rule ? await switchRule(installation, performed, id, rule) : {};
      const changed = { ...ofPolicy, ...ofBrand, ...ofRule };
      return {
        text: describe(`organisation ${id}`, changed),
        json: {
          ...(await view(installation.store, organisation)),
          ...(rule ? { second_person: rule === 'on' } : {}),
          changed,
        },
      };
    }),
};

/** Whoever it concerns is told by mail when it is switched off here, as no second person is needed for it. */
async function switchRule(
  installation: Installation,
  performed: Performed,
  id: string,
  to: (typeof ON_OFF)[number],
): Promise<Changes> {
  const on = to === 'on';
  const parts = operationParts(installation);
  const isNew = valueOf(await demandSecondPerson(parts, performed, id, on));
  return isNew ? { second_person: on ? 'no → yes' : 'yes → no' } : {};
}

/** `none` takes all away. */
function domainsFrom(options: Options): { domains?: string[] } {
  const domains = strings(options, 'domain');
  if (domains.length === 0) return {};
  return { domains: domains.length === 1 && domains[0] === 'none' ? [] : domains };
}

function noDomain(world: World, { id }: Organisation): string {
  const how = `${programIn(world)} org set ${id} --domain example.org`;
  return `It has no domain yet, so apps are told that its people’s addresses are not verified: ${how}`;
}

/** Groups of one app are given one by one. */
async function appsFrom(
  store: Pick<Store, 'get'>,
  options: Options,
): Promise<{ apps?: OrganisationApps }> {
  const written = strings(options, 'app');
  const apps = new Map<string, string[] | null>();
  for (const one of written) {
    const [, client, rest] = /^([^=]+)=(.+)$/u.exec(one) ?? [];
    const [, group] = /^group:(.+)$/u.exec(rest ?? '') ?? [];
    if (client === undefined || (group === undefined && rest !== 'everybody'))
      throw new UsageError(
        `--app is CLIENT_ID=group:ORG/NAME, or CLIENT_ID=everybody. It is "${one}".`,
      );
    const before = apps.get(client);
    if (before !== undefined && (before === null || group === undefined))
      throw new UsageError(`--app says two things of ${client}.`);
    const id = group === undefined ? undefined : (await groupNamed(store, group)).id;
    apps.set(client, id === undefined ? null : [...(before ?? []), id]);
  }
  if (apps.size === 0) return {};
  return { apps: [...apps].map(([client, groups]) => ({ client, groups })) };
}

function nameFrom(options: Options): { name?: string } {
  const name = string(options, 'name');
  return name === undefined ? {} : { name };
}

export const orgRemove: Command = {
  usage: 'ID [--yes]',
  options: CONFIRMED,
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const id = onlyPositional(args, 'ID');
      const performed = operatorPerformed(installation.config, world.now());
      // Who would be refused is not asked first.
      await checkOrganisations(installation.store, [id]);
      await checkUnused(installation.store, id);
      await confirm(world, args.options, `This removes the organisation ${printable(id)}.`);
      valueOf(await removeOrganisation(installation, performed, id));
      return { text: `Removed organisation ${printable(id)}.`, json: { id, removed: true } };
    }),
};

export const orgList: Command = {
  usage: '',
  options: {},
  run: (world, { options }) =>
    withInstallation(world, options, async ({ store }) => {
      const empty = `No organisations yet. Add one: ${programIn(world)} org add "Acme"`;
      await printList(world, options, listed(store), empty);
      return undefined;
    }),
};

async function* listed(store: Store): AsyncGenerator<ListItem> {
  for await (const organisation of listOrganisations(store)) {
    const { id, name, mfa, mfaFrom, factors, trustedDays, domains } = organisation;
    const policy = { mfa, from: dayOf(mfaFrom), factors: factors.join(' ') };
    const trusted = `${trustedDays} days`;
    const row = { id, name, ...policy, trusted, domains: domains?.join(' ') ?? 'not said' };
    yield { row, json: await view(store, organisation) };
  }
}

async function view(store: Pick<Store, 'getMany'>, organisation: Organisation) {
  const { id, name, mfa, mfaFrom, factors, trustedDays: days, domains, apps } = organisation;
  const found = await getGroups(store, Object.values(apps).flat());
  const called = (group: string): string => found.get(group)?.name ?? group;
  const lists = Object.entries(apps).map(([client, groups]) => [client, groups.map(called)]);
  return {
    id,
    name,
    mfa,
    grace_until: mfaFrom,
    factors,
    trusted_days: days,
    second_person: organisation.secondPerson === true,
    session_seconds: organisation.sessionAbsolute ?? null,
    session_idle_seconds: organisation.sessionIdle ?? null,
    passcode_days: organisation.passcodeDays ?? null,
    passcode_networks: organisation.passcodeNetworks ?? false,
    ...brandingView(organisation),
    domains,
    apps: Object.fromEntries(lists) as Record<string, string[]>,
  };
}
