/** `/admin/add-app`: what app it is, then the little that has to be said of it, then what its other side is set up with. */
import { addClient, addClientInput } from '../../../../operations/clients/add-client.ts';
import { isRandomForIds, randomForIds } from '../../../../oidc/clients/registration/client-ids.ts';
import { createResources } from '../../../../oidc/resources/resources.ts';
import { CLIENT_KINDS, comesBack, hasPeople, type ClientKind } from '../../../../records/client.ts';
import { PROTOCOLS } from '../../../../records/passcode.ts';
import { templateUrl, type TemplateClient } from '../../../../templates/template.ts';
import { CLIENT_TEMPLATES, TEMPLATES, type TemplateId } from '../../../../templates/templates.ts';
import type { Fields } from '../../../forms.ts';
import { found } from '../../../signed-in/found.ts';
import type { Answer } from '../../../signed-in/page.ts';
import { ADD_APP, APPS, appPath } from '../../apps/app.ts';
import { fieldErrors } from '../../apps/field-errors.ts';
import { openToFrom, openToShown } from '../../apps/open-to.ts';
import { TEMPLATE_TEXTS } from '../../apps/template-texts.ts';
import { linesIn } from '../../apps/written.ts';
import type { Errors } from '../../errors.ts';
import type { AdminPage, AdminVisit } from '../../page.ts';
import { handedOver } from './handed-over.ts';

const choose: AdminPage = {
  path: ADD_APP,
  operation: 'client.add',
  section: 'apps',
  fresh: false,

  async show() {
    const of = (id: string) => ({ id, href: `${ADD_APP}/${id}` });
    const templates = CLIENT_TEMPLATES.map((id) => ({ ...of(id), id: TEMPLATE_TEXTS[id].text }));
    return {
      show: 'admin/app-choose',
      context: { templates, kinds: CLIENT_KINDS.map(of), back: APPS },
    };
  },
};

/** What is registered: by a template, or of a kind, by hand. */
type Wanted = { template: TemplateId; kind: ClientKind } | { template: null; kind: ClientKind };

const addApp: AdminPage = {
  path: `${ADD_APP}/:template`,
  operation: 'client.add',
  section: 'apps',
  fresh: true,
  show: async (visit) => formPage(visit, wantedOf(visit), { fields: visit.held }),
  async submit(visit, fields) {
    const wanted = wantedOf(visit);
    const given = inputFrom(wanted, fields);
    if ('errors' in given) return formPage(visit, wanted, { fields, errors: given.errors });
    const { parts, performed } = visit;
    const parsed = addClientInput.safeParse(given.input);
    if (!parsed.success) return formPage(visit, wanted, { fields, errors: { name: 'app-choice' } });
    const added = await addClient(parts, performed, parsed.data);
    if (!added.ok) {
      const errors = fieldErrors(added.problem, BOXES, fields);
      return formPage(visit, wanted, { fields, errors, status: added.problem.status });
    }
    const { client, isAgain } = added.value;
    if (isAgain)
      return {
        to: appPath(client.id),
        said: { what: 'app-added-before', values: { name: client.name } },
      };
    const { template } = wanted;
    const known = template === null ? {} : { template: { id: template, url: given.url } };
    return handedOver(visit, { ...added.value, isNew: true, ...known });
  },
};

const BOXES = ['name', 'url', 'redirectUris', 'resource', 'protocols', 'openTo', 'id'].map(
  (name) => ({ name }),
);

function wantedOf({ params }: AdminVisit): Wanted {
  const id = params['template'];
  const template = CLIENT_TEMPLATES.find((one) => one === id);
  if (template) return { template, kind: clientOf(template, 'https://app.example').kind };
  const kind = CLIENT_KINDS.find((one) => one === id);
  return { template: null, kind: found(kind, ADD_APP) };
}

function clientOf(id: TemplateId, url: string): TemplateClient {
  const template = TEMPLATES[id];
  if (!('client' in template)) throw new Error(`${id} is no client.`);
  return template.client(url);
}

function inputFrom(
  wanted: Wanted,
  fields: Fields,
): { input: Record<string, unknown>; url: string } | { errors: Errors } {
  const typed = (name: string): string => (fields[name] ?? '').trim();
  const common = {
    name: typed('name'),
    form: formOf(fields),
    organisations: openToFrom(fields),
    firstParty: hasPeople(wanted.kind) && fields['thirdParty'] === 'yes' ? false : undefined,
  };
  const missing: Errors = common.name === '' ? { name: 'required' } : {};
  if (wanted.template === null) {
    if (Object.keys(missing).length > 0) return { errors: missing };
    return { input: { ...common, ...byHand(wanted.kind, fields) }, url: '' };
  }
  const { hasUrl } = TEMPLATES[wanted.template];
  const url = hasUrl ? templateUrl(typed('url')) : '';
  if (url === undefined) return { errors: { ...missing, url: 'app-url' } };
  if (Object.keys(missing).length > 0) return { errors: missing };
  return { input: { ...common, ...clientOf(wanted.template, url) }, url };
}

/** The page's own, made for it when it was first shown; undefined: it says none. */
function formOf({ formId: form = '' }: Fields): string | undefined {
  return isRandomForIds(form) ? form : undefined;
}

function byHand(kind: ClientKind, fields: Fields) {
  const id = (fields['id'] ?? '').trim();
  const ofResource = kind === 'resource' || kind === 'mail';
  return {
    kind,
    id: id === '' ? undefined : id,
    redirectUris: comesBack(kind) ? linesIn(fields['redirectUris'] ?? '') : [],
    ...(ofResource ? { resource: fields['resource'] ?? '' } : {}),
    ...(kind === 'mail'
      ? { protocols: PROTOCOLS.filter((one) => fields[`protocols-${one}`] === 'yes') }
      : {}),
  };
}

interface Shown {
  fields: Fields;
  errors?: Errors;
  status?: number;
}

async function formPage(visit: AdminVisit, wanted: Wanted, shown: Shown): Promise<Answer> {
  const { fields, errors = {}, status } = shown;
  const { template, kind } = wanted;
  const isWrong = Object.keys(errors).length > 0;
  const byHandOnly = template === null;
  const title = template === null ? '' : TEMPLATES[template].title;
  const context = {
    template: template && TEMPLATE_TEXTS[template].text,
    formId: formOf(fields) ?? randomForIds(),
    kind,
    name: fields['name'] ?? title,
    url:
      (template === null || TEMPLATES[template].hasUrl) && !byHandOnly
        ? (fields['url'] ?? '')
        : null,
    redirectUris: byHandOnly && comesBack(kind) ? (fields['redirectUris'] ?? '') : null,
    id: byHandOnly ? (fields['id'] ?? '') : null,
    thirdParty: hasPeople(kind) ? fields['thirdParty'] === 'yes' : null,
    resources:
      byHandOnly && (kind === 'resource' || kind === 'mail') ? await resourcesFor(visit) : [],
    resource: fields['resource'] ?? '',
    protocols:
      byHandOnly && kind === 'mail'
        ? PROTOCOLS.map((id) => ({
            id,
            on: fields['name'] === undefined || fields[`protocols-${id}`] === 'yes',
          }))
        : [],
    openTo: hasPeople(kind) || kind === 'mail' ? await openToShown(visit, fields) : null,
    back: ADD_APP,
    errors,
  };
  return { show: 'admin/app-add', context, status: status ?? (isWrong ? 400 : 200) };
}

async function resourcesFor({ parts, now }: AdminVisit) {
  const { byId } = await createResources({ store: parts.store, now: () => now }).known();
  return [...byId.keys()].map((id) => ({ id, label: id }));
}

export const addAppPages: readonly AdminPage[] = [choose, addApp];
