/** Apps → the app → Settings: everything that is said of it, and the form of each part. */
import { createResources } from '../../../../oidc/resources/resources.ts';
import { changeClient, changeClientInput } from '../../../../operations/clients/change-client.ts';
import type { ClientRecord } from '../../../../records/client.ts';
import { Problem } from '../../../../problem.ts';
import type { Fields } from '../../../forms.ts';
import { found } from '../../../signed-in/found.ts';
import type { Answer } from '../../../signed-in/page.ts';
import { APPS, appFrame, appOf, appPath } from '../../apps/app.ts';
import { fieldErrors } from '../../apps/field-errors.ts';
import { fieldsOf, keptIn, PART_IDS, type AppField, type PartId } from '../../apps/fields.ts';
import {
  groupNamesOf,
  NAMED_GROUPS,
  readField,
  written,
  type GroupNames,
} from '../../apps/written.ts';
import { formOf, formShown, seenIn, type Box, type FormOf, type Told } from '../../as-read.ts';
import type { Errors } from '../../errors.ts';
import type { AdminPage, AdminVisit } from '../../page.ts';
import { handedOver } from './handed-over.ts';

const settings: AdminPage = {
  path: `${APPS}/:client/settings`,
  operation: 'client.change',
  section: 'apps',
  fresh: false,

  async show(visit) {
    const seen = await appOf(visit);
    const { client } = seen;
    const names = await groupNamesOf(visit.parts.store, client);
    const parts = PART_IDS.map((id) => ({
      id,
      href: appPath(client.id, `settings/${id}`),
      facts: fieldsOf(client, id).map((field) => factOf(client, field, names)),
    }));
    const context = {
      ...appFrame(visit, seen, 'settings'),
      parts: parts.filter(({ facts }) => facts.length > 0),
    };
    return { show: 'admin/app-settings', context };
  },
};

/** Of a field, what it is now: words of ours, or what was typed, a line each. */
function factOf(client: ClientRecord, field: AppField, groups: GroupNames) {
  const { name, kind, worded = false, values = [] } = field;
  const boxes = written(client, field, groups);
  if (kind === 'flag') return { name, flag: boxes[name] === 'yes' };
  if (kind === 'set')
    return { name, lines: [values.filter((one) => boxes[`${name}-${one}`]).join(' ')] };
  if (kind === 'keys') return { name, lines: (client.jwks?.keys ?? []).map(keyOf) };
  if (kind === 'groups' && boxes[name] === 'named')
    return { name, lines: (boxes[NAMED_GROUPS] ?? '').split('\n') };
  const text = boxes[name] ?? '';
  return worded && text !== '' ? { name, word: text } : { name, lines: text.split('\n') };
}

const keyOf = ({ kty, kid }: { kty?: string; kid?: string }): string =>
  `${kty ?? ''} ${kid ?? ''}`.trim();

const editPart: AdminPage = {
  path: `${APPS}/:client/settings/:part`,
  operation: 'client.change',
  section: 'apps',
  fresh: true,

  async show(visit) {
    return partPage(visit, await partOf(visit), { fields: visit.held });
  },

  async submit(visit, fields) {
    const at = await partOf(visit);
    const { parts, performed } = visit;
    const { client, part } = at;
    const given = await readPart(visit, at, fields);
    if ('errors' in given) return partPage(visit, at, { fields, errors: given.errors });
    const input = { ...given.change, seen: seenIn(fields, []).tag };
    const changed = await changeClient(parts, performed, client.id, input);
    if (!changed.ok) return notChanged(visit, at, fields, changed.problem);
    const { secret, client: after, changed: different } = changed.value;
    if (secret !== undefined) return handedOver(visit, { client: after, secret, isNew: false });
    const what = Object.keys(different).length === 0 ? 'app-same' : 'app-saved';
    const to = `${appPath(client.id, 'settings')}#${part}`;
    return { to, said: { what, values: { name: after.name } } };
  },
};

interface Part {
  client: ClientRecord;
  part: PartId;
  fields: readonly AppField[];
}

async function partOf(visit: AdminVisit): Promise<Part> {
  const { client } = await appOf(visit);
  const back = appPath(client.id, 'settings');
  const part = found(
    PART_IDS.find((id) => id === visit.params['part']),
    back,
  );
  const fields = fieldsOf(client, part);
  found(fields[0], back);
  return { client, part, fields };
}

/** As the operation takes it, or what can't be read at its field. */
async function readPart(
  { parts }: AdminVisit,
  { fields: known }: Part,
  typed: Fields,
): Promise<{ change: object } | { errors: Errors }> {
  const change: Record<string, unknown> = {};
  const errors: Record<string, Errors[string]> = {};
  for (const field of known) {
    const { name } = field;
    try {
      const value = await readField(parts.store, field, typed);
      if (keptIn(name) === name) change[name] = value;
      else change['lifetimes'] = { ...(change['lifetimes'] as object | undefined), [name]: value };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      Object.assign(errors, fieldErrors(error, [{ ...field, name }], typed));
    }
  }
  if (Object.keys(errors).length > 0) return { errors };
  const parsed = changeClientInput.safeParse(change);
  if (parsed.success) return { change: parsed.data };
  const [issue] = parsed.error.issues;
  return { errors: { [String(issue?.path[0] ?? known[0]?.name)]: 'app-choice' } };
}

async function notChanged(
  visit: AdminVisit,
  before: Part,
  fields: Fields,
  problem: Problem,
): Promise<Answer> {
  if (problem.code !== 'changed-meanwhile') {
    const errors = fieldErrors(problem, before.fields, fields);
    return partPage(visit, before, { fields, errors, status: problem.status });
  }
  return partPage(visit, await partOf(visit), { fields, faster: true, status: 409 });
}

interface Shown {
  fields: Fields;
  errors?: Errors;
  /** Somebody else was. */
  faster?: boolean;
  status?: number;
}

async function partPage(
  visit: AdminVisit,
  { client, part, fields: known }: Part,
  { fields, errors = {}, faster = false, status }: Shown,
): Promise<Answer> {
  const names = await groupNamesOf(visit.parts.store, client);
  const resources = part === 'tokens' ? await resourceIds(visit) : [];
  const context = {
    app: { id: client.id, name: client.name },
    part,
    boxes: known.map((field) => ({
      ...field,
      values: field.name === 'resource' ? resources : (field.values ?? []),
    })),
    shown: formShown(formFor(client, known, names), fields, faster),
    errors,
    back: `${appPath(client.id, 'settings')}#${part}`,
  };
  const isWrong = Object.keys(errors).length > 0;
  return { show: 'admin/app-edit', context, status: status ?? (isWrong ? 400 : 200) };
}

function formFor(client: ClientRecord, known: readonly AppField[], names: GroupNames): FormOf {
  const boxes = known.map((field): Box => {
    const { name, kind, values = [] } = field;
    const off = kind === 'set' ? values.map((one) => [`${name}-${one}`, '']) : [];
    return {
      label: { textKey: `apps.field.${name}` },
      now: { ...(Object.fromEntries(off) as Fields), ...written(client, field, names) },
      ...(kind === 'set' || kind === 'flag' ? { ticks: true as const } : {}),
      told: (fields) => boxTold(field, fields),
    };
  });
  return formOf(client, unique(known.map(({ name }) => keptIn(name))), boxes);
}

/** In words of ours, where there are some. */
function boxTold({ name, kind, worded, values = [] }: AppField, fields: Fields): Told {
  const value = fields[name] ?? '';
  if (kind === 'flag') return { textKey: value === 'yes' ? 'apps.yes' : 'apps.no' };
  if (kind === 'set')
    return { text: values.filter((one) => fields[`${name}-${one}`] === 'yes').join(' ') };
  if (kind === 'groups' && value === 'named') return { text: fields[NAMED_GROUPS] ?? '' };
  const isOurs = worded === true && values.includes(value);
  return isOurs ? { textKey: `apps.value.${name}.${value}` } : { text: value };
}

const unique = <T>(all: readonly T[]): T[] => [...new Set(all)];

async function resourceIds({ parts, now }: AdminVisit): Promise<string[]> {
  const { byId } = await createResources({ store: parts.store, now: () => now }).known();
  return [...byId.keys()];
}

export const settingsPages: readonly AdminPage[] = [settings, editPart];
