/**
 * The library makes a model of what it has found by copying each field twice, one after the other and by its
 * descriptor, which costs more than reading it from the store, and likewise what it saves of a model. What it has
 * written itself has no field that would need that.
 */
import type { Provider } from 'oidc-provider';
import epochTime from 'oidc-provider/lib/helpers/epoch_time.js';

const MODELS = [
  'AccessToken',
  'AuthorizationCode',
  'ClientCredentials',
  'Grant',
  'RefreshToken',
  'Session',
];

/** Those that are saved as they are; of access tokens the library decides, by their resource. */
const SAVED_AS_THEY_ARE = ['AuthorizationCode', 'Grant', 'RefreshToken', 'Session'];

interface Instance extends Record<string, unknown> {
  readonly jti: string;
  /** Seconds since the epoch. */
  readonly iat?: number;
  readonly exp?: number;
  /** Seconds. */
  readonly expiration?: number;
}

/** The library's models, as far as they are looked at here. */
interface Model {
  new (payload: object): Record<string, unknown>;
  readonly prototype: { getValueAndPayload(this: Instance): Promise<Saved> };
  readonly name: string;
  readonly IN_PAYLOAD: readonly string[];
  /** Of nothing: a session that is new. */
  instantiate(payload?: Record<string, unknown>): object;
}

interface Saved {
  value: string;
  payload: Record<string, unknown>;
}

export function copyPlainly(provider: Provider): void {
  const models = provider as unknown as Readonly<Record<string, Model>>;
  for (const name of MODELS) if (models[name]) madePlainly(models[name]);
  for (const name of SAVED_AS_THEY_ARE) if (models[name]) savedPlainly(models[name]);
}

function savedPlainly({ IN_PAYLOAD, prototype }: Model): void {
  const fields: ReadonlySet<string> = new Set(IN_PAYLOAD);
  prototype.getValueAndPayload = async function saved(): Promise<Saved> {
    const now = epochTime();
    const exp = this.exp || now + (this.expiration ?? Number.NaN);
    const payload: Record<string, unknown> = { iat: this.iat || now, ...(exp ? { exp } : {}) };
    for (const name of Object.keys(this))
      if (fields.has(name) && this[name] !== undefined) payload[name] = this[name];
    return { value: this.jti, payload };
  };
}

function madePlainly(Model: Model): void {
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
