/** Registering a resource, and changing its scopes and tokens. */
import { addResource, addResourceInput } from '../../../../operations/resources/add-resource.ts';
import {
  changeResource,
  changeResourceInput,
  resourceTag,
} from '../../../../operations/resources/change-resource.ts';
import { ACR } from '../../../../policy/factors.ts';
import type { Problem } from '../../../../problem.ts';
import { BUILT_IN, TOKEN_FORMATS, type ResourceRecord } from '../../../../records/resource.ts';
import { SIGNING_ALGS } from '../../../../records/signing-key.ts';
import type { Fields } from '../../../forms.ts';
import type { Answer } from '../../../signed-in/page.ts';
import { reasonKey } from '../../apps/reasons.ts';
import { linesIn } from '../../apps/written.ts';
import { formShown, seenIn, type Box, type FormOf, type Told } from '../../as-read.ts';
import type { Errors } from '../../errors.ts';
import type { AdminPage } from '../../page.ts';
import { resourceOf, resourcePath, RESOURCES } from './resource.ts';

const add: AdminPage = {
  path: `${RESOURCES}/new`,
  operation: 'resource.add',
  section: 'resources',
  fresh: true,
  show: (visit) => Promise.resolve(formPage(undefined, { fields: visit.held })),
  async submit({ parts, performed }, fields) {
    const id = (fields['id'] ?? '').trim();
    const input = { id, scopes: scopesIn(fields), ...tokensIn(fields) };
    const parsed = addResourceInput.safeParse(input);
    if (!parsed.success) return formPage(undefined, { fields, errors: { format: 'app-choice' } });
    const added = await addResource(parts, performed, parsed.data);
    if (!added.ok) return formPage(undefined, { fields, ...wrong(added.problem) });
    return { to: resourcePath(id), said: { what: 'resource-added', values: { id } } };
  },
};

const edit: AdminPage = {
  path: `${RESOURCES}/:resource/edit`,
  operation: 'resource.change',
  section: 'resources',
  fresh: true,
  show: async (visit) => formPage(await resourceOf(visit), { fields: visit.held }),
  async submit(visit, fields) {
    const resource = await resourceOf(visit);
    const { id } = resource;
    const parsed = changeResourceInput.safeParse(changeIn(resource, fields));
    if (!parsed.success) return formPage(resource, { fields, errors: { format: 'app-choice' } });
    const { parts, performed } = visit;
    const changed = await changeResource(parts, performed, id, parsed.data);
    if (changed.ok)
      return { to: resourcePath(id), said: { what: 'resource-saved', values: { id } } };
    if (changed.problem.code === 'changed-meanwhile')
      return formPage(await resourceOf(visit), { fields, faster: true, status: 409 });
    return formPage(resource, { fields, ...wrong(changed.problem) });
  },
};

/** Of the boxes, what is different from the resource as it is: names that are not written any more are removed. */
function changeIn({ id, scopes: before, format, alg }: ResourceRecord, fields: Fields) {
  const own = BUILT_IN.has(id);
  const scopes = own ? [] : scopesIn(fields);
  const gone = own ? [] : before.filter(({ name }) => !scopes.some((one) => one.name === name));
  const kept = before.filter((one) => !gone.includes(one));
  const floors = kept.map(({ name }): [string, string | null] => {
    const acr = fields[`acr-${name}`] ?? 'none';
    return [name, acr === 'none' ? null : acr];
  });
  const tokens = tokensIn(fields);
  return {
    ...(scopes.length > 0 ? { scopes } : {}),
    ...(gone.length > 0 ? { removeScopes: gone.map(({ name }) => name) } : {}),
    requireAcr: Object.fromEntries(floors),
    lifetime: tokens.lifetime,
    ...(own || tokens.format === format ? {} : { format: tokens.format }),
    ...(own || tokens.alg === alg ? {} : { alg: tokens.alg }),
    seen: seenIn(fields, []).tag,
  };
}

/** `name = description`, a line each. */
function scopesIn(fields: Fields): { name: string; description: string }[] {
  return linesIn(fields['scopes'] ?? '').map((line) => {
    const at = line.indexOf('=');
    const name = (at < 0 ? line : line.slice(0, at)).trim();
    return { name, description: at < 0 ? '' : line.slice(at + 1).trim() };
  });
}

function tokensIn(fields: Fields) {
  const typed = (fields['lifetime'] ?? '').trim();
  // What is no number is out of every range.
  const lifetime = /^\d{1,9}$/u.test(typed) ? Number(typed) : 0;
  return { format: fields['format'], alg: fields['alg'], lifetime };
}

const BOXES: Partial<Record<Problem['code'], string>> = {
  'resource-format': 'id',
  'resource-taken': 'id',
  'resource-built-in': 'id',
  'lifetime-range': 'lifetime',
  'acr-unknown': 'scopes',
};

/** The operation's words name commands; where they do, a page has its own. */
const OWN_WORDS: Partial<Record<Problem['code'], string>> = {
  'resource-taken': 'app-resource-taken',
  'resource-format': 'app-value',
};

function wrong({ code, values, status }: Problem): { errors: Errors; status: number } {
  const told = { ...values, key: reasonKey(values['reason']), value: values['id'] ?? '' };
  const box = BOXES[code] ?? 'scopes';
  return { errors: { [box]: { code: OWN_WORDS[code] ?? code, values: told } }, status };
}

interface Shown {
  fields: Fields;
  errors?: Errors;
  /** Somebody else was. */
  faster?: boolean;
  status?: number;
}

const NEW = { scopes: [], format: 'opaque', alg: 'RS256', lifetime: 600 } as const;

function formPage(
  resource: ResourceRecord | undefined,
  { fields, errors = {}, faster = false, status }: Shown,
): Answer {
  const now = resource?.scopes ?? [];
  const isWrong = Object.keys(errors).length > 0;
  const context = {
    isNew: resource === undefined,
    own: resource !== undefined && BUILT_IN.has(resource.id),
    id: fields['id'] ?? resource?.id ?? '',
    shown: formShown(formFor(resource), fields, faster),
    floors: now.map(({ name }) => name),
    acrs: ACRS,
    formats: TOKEN_FORMATS,
    algs: SIGNING_ALGS,
    back: resource === undefined ? RESOURCES : resourcePath(resource.id),
    errors,
  };
  return { show: 'admin/resource-form', context, status: status ?? (isWrong ? 400 : 200) };
}

const ACRS: readonly string[] = ['none', ...Object.values(ACR)];

function formFor(resource: ResourceRecord | undefined): FormOf {
  const { scopes, format, alg, lifetime } = resource ?? NEW;
  const written = scopes.map(({ name, description }) => `${name} = ${description}`).join('\n');
  const floors = scopes.map(({ name, requireAcr }): Box => {
    const box = `acr-${name}`;
    return {
      label: { text: name },
      now: { [box]: requireAcr === null ? 'none' : ACR[requireAcr] },
      told: (fields) => acrTold(fields[box] ?? ''),
    };
  });
  const isFormat = (is: string): boolean => TOKEN_FORMATS.some((one) => one === is);
  const formatTold = ({ format: is = '' }: Record<string, string>): Told =>
    isFormat(is) ? { textKey: `resources.format-${is}` } : { text: is };
  const boxes: Box[] = [
    { label: { textKey: 'apps.field.scopes' }, now: { scopes: written } },
    ...floors,
    { label: { textKey: 'resources.format' }, now: { format }, told: formatTold },
    { label: { textKey: 'resources.alg' }, now: { alg } },
    { label: { textKey: 'apps.field.accessToken' }, now: { lifetime: String(lifetime) } },
  ];
  return { boxes, tag: resource === undefined ? '' : resourceTag(resource) };
}

function acrTold(acr: string): Told {
  return ACRS.includes(acr) ? { textKey: `apps.value.requireAcr.${acr}` } : { text: acr };
}

export const resourceForms: readonly AdminPage[] = [add, edit];
