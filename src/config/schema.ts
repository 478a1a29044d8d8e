/**
 * Every key of the configuration, once: its type, its default, one sentence, and whether it is a
 * secret. This folder owns the way from file and environment to the configuration (load.ts), and the
 * file that documents it (document.ts → config/default.yaml). The rest of the code gets the result.
 */
import { z } from 'zod';
import * as type from './types.ts';
import type { ValueType } from './types.ts';

/** What is known of a key besides the type of its value. */
export interface KeyFacts extends Omit<ValueType, 'zod'> {
  /** One sentence. */
  sentence: string;
  /** Its value is never shown; it can also be given as a file. */
  secret: boolean;
}
export const keyFacts = z.registry<KeyFacts>();

const YEAR = 365 * 86_400;
const WEEK = 7 * 86_400;

export const schema = z.strictObject({
  issuer: key(
    type.issuer,
    'http://localhost:3000',
    'The public address of this installation, as relying parties and browsers see it; tokens and links carry it, so it should never change. Where only listen.port is set, it is that port of localhost.',
  ),
  listen: z.strictObject({
    host: key(type.listenHost, '127.0.0.1', 'The address that the server listens on.'),
    port: key(
      type.whole(0, 65_535),
      3000,
      'The port that the server listens on; 0 takes a free one, and wants the issuer to be set.',
    ),
    drain_ms: key(
      type.whole(0, 60_000, 'milliseconds'),
      0,
      'How long a server that is told to stop goes on answering, with /readyz red, so that proxies turn to another one.',
    ),
  }),
  proxies: key(
    type.networks,
    [],
    'The reverse proxies whose X-Forwarded-For header is believed; nobody else can say where a request comes from.',
  ),
  internal_hosts: key(
    type.hosts,
    [],
    'Further host names under which programs inside the network may reach introspection (browsers use the issuer).',
  ),
  store: z.strictObject({
    engine: key(
      type.oneOf(['sqlite', 'mongodb']),
      'sqlite',
      'The storage engine: one file on this machine, or a MongoDB replica set or sharded cluster that several machines share.',
    ),
    path: key(type.filePath, 'data/latchkey.db', 'The file of the SQLite store.'),
    mongodb_url: secret(
      type.mongodbUrl,
      'The MongoDB store, with its database; nothing else should be in that database.',
    ),
    require_replica_set: key(
      type.flag,
      true,
      'Whether a MongoDB server on its own is refused: what only one machine has is lost with it.',
    ),
    timeout_ms: key(
      type.whole(100, 60_000, 'milliseconds'),
      5000,
      'How long one operation on the MongoDB store may take; people are then asked to try again.',
    ),
  }),
  encryption: z.strictObject({
    key_file: key(
      type.filePath,
      'data/latchkey.key',
      'The file (mode 0600) with the key that encrypts the secrets in the store; made by itself for an empty SQLite store only. Keep a copy apart from the backups of the store.',
    ),
    key: secret(
      type.encryptionKey,
      'The encryption key itself, used instead of encryption.key_file.',
    ),
  }),
  signing_keys: z.strictObject({
    rotate_days: key(
      type.whole(0, 3650, 'days'),
      0,
      'After how many days the keys that sign tokens are replaced by themselves, without ending anything; 0 leaves it to latchkey keys rotate signing.',
    ),
  }),
  log: z.strictObject({
    level: key(
      type.oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
      'info',
      'The least severe messages that are logged.',
    ),
    requests: key(
      type.flag,
      true,
      'Whether each request is logged, in one line without its query string.',
    ),
  }),
  metrics: z.strictObject({
    enabled: key(
      type.flag,
      false,
      'Whether metrics are offered to Prometheus at /metrics, on an address and port of their own.',
    ),
    host: key(
      type.listenHost,
      '127.0.0.1',
      'The address that the metrics are offered on; whoever reaches it can read them.',
    ),
    port: key(
      type.whole(0, 65_535),
      9464,
      'The port that the metrics are offered on; 0 takes a free one.',
    ),
  }),
  branding: z.strictObject({
    name: optional(
      type.brandName,
      'What people know this installation as: in titles, on pages and in mails, and in entries of authenticator apps and passkeys. Without it pages say Latchkey, and entries name the person’s organisation.',
    ),
    logo: optional(
      type.filePath,
      'The picture above every page, checked at the start: SVG, PNG, JPEG or WebP of at most 48 KiB. A square one stands beside the name, and is the icon of the browser’s tab; one at least twice as wide as it is high stands for the name.',
    ),
    colour: optional(
      type.colour,
      'The colour of buttons. Where words are written in it, or it is a line that has to be seen, it is made darker or lighter as far as that needs, for light and for dark.',
    ),
    help_url: optional(
      type.webAddress,
      'A page with help about signing in, linked on every page and in every mail.',
    ),
    contact: optional(
      type.oneLine,
      'Whom people ask when a page says “ask your administrator”, and how, such as “IT service desk, it@example.org, extension 4000”: on every page and in every mail.',
    ),
  }),
  default_language: key(
    type.oneOf(['en', 'zh-Hant']),
    'en',
    'The language of pages and mails for people whose browser and relying party ask for none that there is.',
  ),
  lifetimes: z.strictObject({
    session_absolute: duration(YEAR, 86_400, 'A browser session ends this long after the sign-in.'),
    session_idle: duration(
      YEAR,
      28_800,
      'A browser session ends when it has not been used for this long.',
    ),
    sign_in: duration(86_400, 3600, 'A sign-in that was begun has to be finished in this time.'),
    access_token: duration(86_400, 3600, 'How long an access token is valid.'),
    id_token: duration(86_400, 3600, 'How long an ID token is valid.'),
    refresh_token: duration(YEAR, 2_592_000, 'How long a refresh token is valid.'),
    authorization_code: duration(60, 60, 'How long an authorization code is valid.'),
    set_up_link: duration(
      WEEK,
      86_400,
      'How long the link that makes the first administrator is valid.',
    ),
    email_code: duration(900, 900, 'How long a code that is sent by mail is valid.'),
    password_link: duration(WEEK, 86_400, 'How long a link that sets a password is valid.'),
    reset_link: duration(
      86_400,
      3600,
      'How long a link that is mailed to somebody who has forgotten the password is valid.',
    ),
  }),
  limits: z.strictObject({
    sign_ins_per_address: key(
      type.whole(0, 1_000_000),
      2000,
      'How many sign-ins one address (of IPv6, one /64 network) may begin within 30 minutes at one process, before anybody is signed in; 0 sets no limit.',
    ),
  }),
  passwords: z.strictObject({
    min_length: key(
      type.whole(15, 64, 'characters'),
      15,
      'The shortest password of a person who has no second factor (NIST SP 800-63B-4).',
    ),
    min_length_with_mfa: key(
      type.whole(8, 64, 'characters'),
      8,
      'The shortest password of a person who has a second factor (NIST SP 800-63B-4).',
    ),
    hash_memory_kib: key(
      type.whole(7168, 4_194_304, 'KiB'),
      19_456,
      'The memory that hashing one password takes (Argon2id).',
    ),
    hash_passes: key(type.whole(1, 100), 2, 'The passes over that memory (Argon2id).'),
  }),
  audit: z.strictObject({
    retention: duration(10 * YEAR, YEAR, 'How long audit events are kept.'),
  }),
  workers: key(
    type.whole(1, 256),
    1,
    'The number of server processes on this machine; they share what it can hash at a time.',
  ),
  outgoing: z.strictObject({
    private_origins: key(
      type.origins,
      [],
      'Relying parties at private addresses that back-channel logout may call; all others must be public.',
    ),
    timeout_ms: key(
      type.whole(100, 60_000, 'milliseconds'),
      2500,
      'How long a call to a relying party may take.',
    ),
  }),
  mail: z.strictObject({
    from: key(
      type.mailAddress,
      'latchkey@localhost',
      'The sender of every mail. Without a name before the address, each comes in the name of the recipient’s organisation.',
    ),
    smtp_url: secret(
      type.smtpUrl,
      'The SMTP server that takes the mails; without it none are sent.',
    ),
    ehlo_name: optional(
      type.ehloName,
      'The name that this installation gives itself to the SMTP server (EHLO); without it, the host of the issuer, or [127.0.0.1] where that is localhost or no domain name.',
    ),
    require_tls: key(
      type.flag,
      true,
      'Whether mails are handed over by TLS only, with smtps:// or STARTTLS, and a certificate that the system trusts (more with NODE_EXTRA_CA_CERTS); false uses STARTTLS where it is offered. A server at localhost or a loopback address is exempt.',
    ),
    timeout_ms: key(
      type.whole(1000, 300_000, 'milliseconds'),
      90_000,
      'How long the SMTP server may take to answer before the mail is tried again later; one that answered too late may have taken the mail, and people get it twice.',
    ),
  }),
  mailbox: z.strictObject({
    domain: optional(
      type.domain,
      'The domain of people’s mailboxes, such as example.org; what is printed for a mail server and a webmail is filled in with it.',
    ),
    imap: optional(type.serverUrl('imap'), 'Where mailboxes are read by IMAP.'),
    pop3: optional(type.serverUrl('pop3'), 'Where mailboxes are read by POP3.'),
    smtp: optional(type.serverUrl('smtp'), 'Where people’s mails are submitted by SMTP.'),
    sieve: optional(type.serverUrl('sieve'), 'Where filters of mails are kept by ManageSieve.'),
    doveadm_url: optional(
      type.webAddress,
      'Doveadm’s HTTP API of the mail server (Dovecot), such as http://127.0.0.1:8080/doveadm/v1: open mailboxes are closed there when what opened them ends. A private address has to be in outgoing.private_origins.',
    ),
    doveadm_key_file: optional(
      type.filePath,
      'The file with the key of that API (doveadm_api_key in Dovecot’s configuration).',
    ),
  }),
});

/** The configuration, complete and checked. Durations are in seconds, unless the name ends in `_ms`. Paths are absolute. */
export type Config = DeepReadonly<z.output<typeof schema>>;

type DeepReadonly<T> = { readonly [K in keyof T]: T[K] extends object ? DeepReadonly<T[K]> : T[K] };

function key<T extends z.ZodType>(
  type: ValueType<T>,
  fallback: z.util.NoUndefined<z.output<T>>,
  sentence: string,
): z.ZodDefault<T> {
  const zod = z._default(type.zod, fallback);
  describe(zod, type, sentence, false);
  return zod;
}

function duration(max: number, fallback: number, sentence: string): z.ZodDefault<z.ZodInt> {
  return key(type.whole(1, max, 'seconds'), fallback, sentence);
}

function optional<T extends z.ZodType>(type: ValueType<T>, sentence: string): z.ZodOptional<T> {
  const zod = z.optional(type.zod);
  describe(zod, type, sentence, false);
  return zod;
}

function secret<T extends z.ZodType>(type: ValueType<T>, sentence: string): z.ZodOptional<T> {
  const zod = z.optional(type.zod);
  describe(zod, type, sentence, true);
  return zod;
}

function describe(
  zod: z.ZodType,
  { zod: _, ...rest }: ValueType,
  sentence: string,
  isSecret: boolean,
): void {
  keyFacts.add(zod, { ...rest, sentence, secret: isSecret });
}
