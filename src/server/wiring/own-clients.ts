/** The clients of our own pages, told to the store at each start. */
import { registerAccountClient } from '../../oidc/clients/own/account-client.ts';
import { registerAdminClient } from '../../oidc/clients/own/admin-client.ts';
import { brandName } from '../../branding/brand.ts';
import type { Config } from '../../config/schema.ts';
import type { Texts } from '../../text/catalogue.ts';
import type { AppParts } from './app-parts.ts';

export async function registerOwnClients(parts: AppParts, texts: Texts): Promise<void> {
  const { config, now } = parts;
  await registerAccountClient(parts, ownClient(config, texts, 'account-client'), now());
  await registerAdminClient(parts, ownClient(config, texts, 'admin-client'), now());
}

/** Named in the language of the installation, as an app is whose name an administrator gives. */
function ownClient(
  { issuer, branding, default_language: language }: Config,
  texts: Texts,
  which: 'account-client' | 'admin-client',
) {
  const name = texts.text(language, `branding.${which}`, { name: brandName(branding) });
  return { issuer, name };
}
