import {
  addOrganisation,
  addOrganisationInput,
} from '../operations/organisations/add-organisation.ts';
import {
  changeOrganisation,
  changeOrganisationInput,
} from '../operations/organisations/change-organisation.ts';
import { checkOrganisations } from '../operations/organisations/check-organisations.ts';
import {
  checkUnused,
  removeOrganisation,
} from '../operations/organisations/remove-organisation.ts';
import type { OrganisationPolicy } from '../operations/organisations/organisation-policy.ts';
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
  withInstallation,
  type Command,
  type Options,
  type Outcome,
} from './command.ts';
import type { Installation } from '../server/opened.ts';
import { programIn } from './everywhere.ts';
import { inputFrom } from './input.ts';
import { operatorPerformed } from '../audit/performed.ts';
import { describe, factorsFrom, graceUntil, trustedDays } from './policy-options.ts';
import { given } from '../operations/input.ts';

const POLICY_OPTIONS = {
  mfa: { type: 'string', values: ORGANISATION_MFA },
  'grace-until': { type: 'string' },
  factors: { type: 'string' },
  'trusted-days': { type: 'string' },
} as const;
const POLICY_USAGE =
  '[--mfa off|optional|required] [--grace-until YYYY-MM-DD|none]\n         [--factors totp,passkey,email-code,one-time-codes] [--trusted-days N]';

function policyFrom(options: Options, now: number): OrganisationPolicy {
  return given<Required<OrganisationPolicy>>({
    mfa: oneOf(options, 'mfa', ORGANISATION_MFA),
    mfaFrom: graceUntil(options, now),
    factors: factorsFrom(options),
    trustedDays: trustedDays(options),
  });
}

export const orgAdd: Command = {
  usage: `NAME [--id ID] ${POLICY_USAGE}`,
  options: { ...POLICY_OPTIONS, id: { type: 'string' } },
  run: (world, args) => {
    const add = async (installation: Installation): Promise<Outcome> => {
      const performed = operatorPerformed(installation.config, world.now());
      const policy = policyFrom(args.options, performed.now);
      const input = inputFrom(addOrganisationInput, {
        ...policy,
        name: onlyPositional(args, 'NAME'),
        id: string(args.options, 'id'),
      });
      const added = valueOf(await addOrganisation(installation, performed, input));
      return {
        text: `Added organisation ${added.id} (${printable(added.name)}), MFA ${added.mfa}.`,
        json: view(added),
      };
    };
    return withInstallation(world, args.options, add, { mayMake: true });
  },
};

export const orgSet: Command = {
  usage: `ID [--name NAME] ${POLICY_USAGE}`,
  options: { ...POLICY_OPTIONS, name: { type: 'string' } },
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const id = onlyPositional(args, 'ID');
      const performed = operatorPerformed(installation.config, world.now());
      const told = { ...policyFrom(args.options, performed.now), ...nameFrom(args.options) };
      const change = inputFrom(changeOrganisationInput, told);
      if (Object.keys(change).length === 0) throw new UsageError('Nothing to change was given.');
      const result = await changeOrganisation(installation, performed, id, change);
      const { organisation, changed } = valueOf(result);
      return {
        text: describe(`organisation ${id}`, changed),
        json: { ...view(organisation), changed },
      };
    }),
};

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
    const { id, name, mfa, mfaFrom, factors, trustedDays } = organisation;
    const policy = { mfa, from: dayOf(mfaFrom), factors: factors.join(' ') };
    const row = { id, name, ...policy, trusted: `${trustedDays} days` };
    yield { row, json: view(organisation) };
  }
}

function view({ id, name, mfa, mfaFrom, factors, trustedDays: days }: Organisation) {
  return { id, name, mfa, grace_until: mfaFrom, factors, trusted_days: days };
}
