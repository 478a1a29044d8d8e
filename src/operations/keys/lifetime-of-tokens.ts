import type { Config } from '../../config/schema.ts';
import type { Lasting } from '../../policy/keys/signing-keys.ts';
import { resourceCollection } from '../../records/resource.ts';
import { entries } from '../../storage/pages.ts';
import type { Store } from '../../storage/store.ts';

/** The longest that anything lives which is signed: clients may shorten it, resources have their own. */
export async function lifetimeOfTokens({
  store,
  config,
}: {
  store: Pick<Store, 'scan'>;
  config: Pick<Config, 'lifetimes'>;
}): Promise<Lasting> {
  const { access_token, id_token, session_absolute } = config.lifetimes;
  let longest = Math.max(access_token, id_token);
  for await (const { value } of entries((after) => store.scan(resourceCollection, { after })))
    longest = Math.max(longest, value.lifetime);
  return { token: longest * 1000, session: session_absolute * 1000 };
}
