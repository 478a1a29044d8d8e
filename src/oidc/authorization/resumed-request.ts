/**
 * A request that waits for a person is judged again when it goes on: meanwhile its client may have
 * been changed or removed. On resume the library runs the policy again, but not the checks of the
 * request itself; here are those whose answer depends on the client.
 */
import { errors, Provider, type KoaContextWithOIDC } from 'oidc-provider';
import { requiresPkce } from '../clients/clients.ts';

type Client = InstanceType<Provider['Client']>;

/** What of a code or of a request's parameters must suit the client. */
interface Sent {
  redirectUri: unknown;
  codeChallenge: unknown;
}

/** The library's models, as far as they are looked at here. */
interface Models {
  Interaction: {
    find(uid: string): Promise<{ params: Parameters; deviceCode?: string } | undefined>;
  };
  Session: { get(ctx: KoaContextWithOIDC): Promise<{ state?: Parameters }> };
}
type Parameters = Record<string, unknown>;

/** Sees to it that nothing is sent to a place that its client no longer has. */
export function judgeResumed(provider: Provider): void {
  const { Interaction, Session } = provider as unknown as Models;
  const findInteraction = Interaction.find.bind(Interaction);
  // Before all else: an error would be sent to the redirect URI too.
  Interaction.find = async (uid) => {
    const interaction = await findInteraction(uid);
    // A device is sent nowhere.
    if (interaction && interaction.deviceCode === undefined)
      await requireRedirectUri(provider, interaction.params);
    return interaction;
  };
  const getSession = Session.get.bind(Session);
  Session.get = async (ctx) => {
    const session = await getSession(ctx);
    await dropRemovedReturn(provider, ctx, session.state);
    return session;
  };
}

/** Does a request go on that has waited for a person: an app's, or a device's? */
export function isResumed({ route }: { route: string }): boolean {
  return route === 'resume' || route === 'device_resume';
}

/** Rejects with an error that is shown on our page: there is no place to send it to. */
async function requireRedirectUri({ Client }: Provider, params: Parameters): Promise<void> {
  const { client_id, redirect_uri } = params;
  const client = await Client.find(String(client_id));
  if (client?.redirectUriAllowed(String(redirect_uri))) return;
  showWhose({ client_id, redirect_uri }, client);
  if (!client) throw new errors.InvalidClient('client is invalid', 'client not found');
  throw new errors.InvalidRedirectUri();
}

/** For the log (refused-requests.ts): the library reads them from the sign-in later, if it goes on. */
function showWhose(params: Parameters, client: Client | undefined): void {
  const { oidc } = Provider.ctx ?? {};
  if (!oidc || !isResumed(oidc)) return;
  Object.assign(oidc, { params });
  if (client) oidc.entity('Client', client);
}

/** A sign-out goes on without its way back (RP-Initiated Logout §3). A sign-in's own way back is ours. */
async function dropRemovedReturn(
  { Client, issuer }: Provider,
  { oidc }: KoaContextWithOIDC,
  state: Parameters | undefined,
): Promise<void> {
  const { postLogoutRedirectUri: uri, clientId } = state ?? {};
  if (oidc?.route !== 'end_session_confirm' || typeof uri !== 'string' || !state) return;
  if (new URL(uri).origin === issuer) return;
  const client = typeof clientId === 'string' ? await Client.find(clientId) : undefined;
  if (!client?.postLogoutRedirectUriAllowed(uri)) state['postLogoutRedirectUri'] = undefined;
}

/** Rejects with `invalid_request`, for the client, when its request would not be taken today. */
export function requireSuited({ oidc }: KoaContextWithOIDC): void {
  if (oidc.route === 'device_resume') return;
  const { redirect_uri: redirectUri, code_challenge: codeChallenge } = oidc.params ?? {};
  const fault = oidc.client && clientFault(oidc.client, { redirectUri, codeChallenge });
  if (fault !== undefined) throw new errors.InvalidRequest(fault);
}

/** Why `sent` does not suit what the client is now; undefined: it does. */
export function clientFault(client: Client, sent: Sent): string | undefined {
  if (!client.redirectUriAllowed(String(sent.redirectUri)))
    return 'the redirect URI is not registered';
  if (requiresPkce(client) && typeof sent.codeChallenge !== 'string')
    return 'PKCE is required of the client';
  return undefined;
}
