/** A server with an app that keeps a secret and one that cannot, and what is done with their tokens. */
import { after, before } from 'node:test';
import { token, type Registration, type TokenAnswer } from './relying-party.ts';
import { startTestServer, type TestPerson, type TestServer } from './server.ts';

export interface TokenApps {
  server: TestServer;
  webmail: Registration;
  spa: Registration;
  newPerson(): Promise<TestPerson>;
  refresh(client: Registration, refreshToken: unknown): Promise<TokenAnswer>;
  /** The status of the answer. */
  userinfo(accessToken: unknown): Promise<number>;
}

/** For the top of a test file: there before its first test, when `ready` is told of it, gone after its last. */
export function useTokenApps(ready: (apps: TokenApps) => void): TokenApps {
  const apps = {
    newPerson: () => apps.server.addPerson({}, { totp: true }),
    refresh: (client, refreshToken) =>
      token(client, { grant_type: 'refresh_token', refresh_token: String(refreshToken) }),
    async userinfo(accessToken) {
      const headers = { authorization: `Bearer ${String(accessToken)}` };
      return (await fetch(`${apps.server.issuer}/me`, { headers })).status;
    },
  } as TokenApps;
  before(async () => {
    apps.server = await startTestServer();
    apps.webmail = await apps.server.addClient();
    apps.spa = await apps.server.addClient({ name: 'Browser app', kind: 'spa' });
    ready(apps);
  });
  after(() => apps.server.stop());
  return apps;
}
