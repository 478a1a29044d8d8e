import { z } from 'zod';
const n = (d: number) => z.coerce.number().int().default(d);
export const schema = z.strictObject({
  issuer: z.string().default('http://localhost:3000'),
  listen: z.strictObject({ host: z.string().default('127.0.0.1'), port: n(3000) }).prefault({}),
  proxies: z.array(z.string()).default([]),
  internal_hosts: z.array(z.string()).default([]),
  store: z.strictObject({ engine: z.literal('sqlite').default('sqlite'), path: z.string().default('data/latchkey.db') }).prefault({}),
  encryption: z.strictObject({ key_file: z.string().default('data/latchkey.key'), key: z.string().optional() }).prefault({}),
  log: z.strictObject({ level: z.string().default('info'), requests: z.boolean().default(true) }).prefault({}),
  default_language: z.enum(['en', 'zh-Hant']).default('en'),
  lifetimes: z.strictObject({ session_absolute: n(86400), session_idle: n(28800), sign_in: n(3600), access_token: n(3600), id_token: n(3600), refresh_token: n(2592000), authorization_code: n(60), set_up_link: n(86400), password_link: n(86400) }).prefault({}),
  passwords: z.strictObject({ min_length: n(15), min_length_with_mfa: n(8), hash_memory_kib: n(19456), hash_passes: n(2) }).prefault({}),
  workers: n(1),
  outgoing: z.strictObject({ private_origins: z.array(z.string()).default([]), timeout_ms: n(2500) }).prefault({}),
  mail: z.strictObject({ from: z.string().default('Latchkey <latchkey@localhost>'), smtp_url: z.string().optional() }).prefault({}),
});
export type Config = z.infer<typeof schema>;
