/**
 * The library makes a model of what it has found by copying each field twice, one after the other and by its
 * descriptor, which costs more than reading it from the store. What it has written itself has no field that would
 * need that.
 */
import type { Provider } from 'oidc-provider';

const MODELS = [
  'AccessToken',
  'AuthorizationCode',
  'ClientCredentials',
  'Grant',
  'RefreshToken',
  'Session',
];

/** The library's models, as far as they are looked at here. */
interface Model {
  new (payload: object): Record<string, unknown>;
  readonly name: string;
  readonly IN_PAYLOAD: readonly string[];
  /** Of nothing: a session that is new. */
  instantiate(payload?: Record<string, unknown>): object;
}

export function copyPlainly(provider: Provider): void {
  const models = provider as unknown as Readonly<Record<string, Model>>;
  for (const name of MODELS) if (models[name]) plain(models[name]);
}

function plain(Model: Model): void {
  const fields: ReadonlySet<string> = new Set(Model.IN_PAYLOAD);
  const instantiate = Model.instantiate.bind(Model);
  Model.instantiate = (payload) => {
    // Told by the library.
    if (payload?.['kind'] !== Model.name) return instantiate(payload);
    const model = new Model({});
    for (const name of Object.keys(payload)) if (fields.has(name)) model[name] = payload[name];
    return model;
  };
}
