import { schema, type Config } from './schema.ts';
export function loadConfig({ env }: { file?: string; env: Readonly<Record<string, string | undefined>>; cwd: string }): Config {
  const port = env['LATCHKEY_LISTEN_PORT'];
  return schema.parse({ ...(env['LATCHKEY_ISSUER'] ? { issuer: env['LATCHKEY_ISSUER'] } : {}), ...(port ? { listen: { port } } : {}), store: { path: env['LATCHKEY_STORE_PATH'] ?? 'data/latchkey.db' }, encryption: { key_file: env['LATCHKEY_ENCRYPTION_KEY_FILE'] ?? 'data/latchkey.key' } });
}
