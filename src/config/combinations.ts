/**
 * Values that are right by themselves and cannot be right together: what would never take effect, or make a server
 * that cannot start or cannot serve. A default gives way silently: only what was given can be wrong. Pure.
 */
import type { Config } from './schema.ts';

/** What the machine has, as far as the configuration depends on it. */
export interface Machine {
  /** Bytes that this process and its workers may take together: of the container, where it has a limit. */
  memory: number;
  /** Processors that can be used at the same time. */
  processors: number;
}

/** A sentence about `at`, the key to be corrected; `with` are the others that it depends on. */
export interface Contradiction {
  at: string;
  with: readonly string[];
  message: string;
}

type Given = (path: string) => boolean;
type Rule = (config: Config, given: Given, machine: Machine) => Contradiction | undefined;

export function contradictions(config: Config, given: Given, machine: Machine): Contradiction[] {
  return RULES.map((rule) => rule(config, given, machine)).filter((one) => one !== undefined);
}

type Lifetime = keyof Config['lifetimes'];

/** Of two lifetimes the first cannot be longer than the second, as what it belongs to is gone by then. */
const LIFETIMES: readonly [shorter: Lifetime, longer: Lifetime, why: string][] = [
  ['session_idle', 'session_absolute', 'a session has ended by then, used or not'],
  ['email_code', 'sign_in', 'the sign-in that the code is for has ended by then'],
  ['access_token', 'refresh_token', 'what renews the token ends before it'],
  ['authorization_code', 'sign_in', 'the sign-in that the code comes from has ended by then'],
];

/** Either may be the one that was given: that one is named. */
const lifetimes = LIFETIMES.map(([shorter, longer, why]): Rule => (config, given) => {
  const [short, long] = [config.lifetimes[shorter], config.lifetimes[longer]];
  const [at, other] = [`lifetimes.${shorter}`, `lifetimes.${longer}`];
  if (short <= long || !given(at)) return undefined;
  const message = `It is ${short} s, longer than ${other} (${long} s): ${why}. Make it ${long} at most, or ${other} longer.`;
  return { at, with: [other], message };
});

const passwordLengths: Rule = ({ passwords }) => {
  const { min_length: without, min_length_with_mfa: withMfa } = passwords;
  if (withMfa <= without) return undefined;
  return {
    at: 'passwords.min_length_with_mfa',
    with: ['passwords.min_length'],
    message: `It is ${withMfa}, more than passwords.min_length (${without}): who has a second factor would need the longer password. Make it ${without} at most.`,
  };
};

const metricsPort: Rule = ({ listen, metrics }) => {
  const isSame = metrics.enabled && metrics.port !== 0 && metrics.port === listen.port;
  if (!isSame || !overlap(metrics.host, listen.host)) return undefined;
  return {
    at: 'metrics.port',
    with: ['listen.port', 'listen.host', 'metrics.host', 'metrics.enabled'],
    message: `It is ${metrics.port}, as listen.port is, and both would be on ${listen.host}. Give each a port of its own; the usual one of the metrics is 9464.`,
  };
};

const WILDCARDS = ['0.0.0.0', '::'];

function overlap(one: string, other: string): boolean {
  return isSameHost(one, other) || WILDCARDS.includes(one) || WILDCARDS.includes(other);
}

function isSameHost(one: string, other: string): boolean {
  const [first, second] = [one, other].map((host) =>
    host.toLowerCase() === 'localhost' ? '127.0.0.1' : host.toLowerCase(),
  );
  return first === second;
}

/** As many as factors/password.ts hashes at a time. */
const hashMemory: Rule = ({ passwords, workers }, _given, { memory, processors }) => {
  const each = Math.max(1, Math.floor((processors - 1) / workers));
  const atOnce = workers * each;
  const needed = passwords.hash_memory_kib * 1024 * atOnce;
  if (needed <= memory) return undefined;
  const most = Math.floor(memory / 2 / atOnce / 1024);
  return {
    at: 'passwords.hash_memory_kib',
    with: ['workers'],
    message:
      `It is ${passwords.hash_memory_kib} KiB, and up to ${atOnce} passwords are hashed at a time: ${mb(needed)}, where this machine ` +
      `(or container) has ${mb(memory)}. Make it ${most} at most${workers > 1 ? ', or have fewer workers' : ''}.`,
  };
};

const mb = (bytes: number): string => `${Math.round(bytes / 1_000_000)} MB`;

/** For a server: a command says it of the store that it opens. */
export function missing({ store }: Config): Contradiction[] {
  if (store.engine !== 'mongodb' || store.mongodb_url !== undefined) return [];
  const unset = {
    at: 'store.mongodb_url',
    with: ['store.engine'],
    message:
      'store.engine is mongodb, but this is not set. Give it by LATCHKEY_STORE_MONGODB_URL or LATCHKEY_STORE_MONGODB_URL_FILE.',
  };
  return [unset];
}

const doveadm: Rule = ({ mailbox }) => {
  const { doveadm_url: url, doveadm_key_file: file } = mailbox;
  if ((url === undefined) === (file === undefined)) return undefined;
  const [there, missing] = url === undefined ? ['key_file', 'url'] : ['url', 'key_file'];
  return {
    at: `mailbox.doveadm_${missing}`,
    with: [`mailbox.doveadm_${there}`],
    message: `mailbox.doveadm_${there} is set, but this is not: mailboxes are closed with both, or not at all.`,
  };
};

/** What SQLite keeps beside its file, and the lock of the server. */
const BESIDE = ['', '-wal', '-shm', '-journal', '.lock'];

const sameFile: Rule = ({ store, encryption, branding, mailbox }) => {
  const files: [string, string | undefined][] = [
    ['encryption.key_file', encryption.key === undefined ? encryption.key_file : undefined],
    ['mailbox.doveadm_key_file', mailbox.doveadm_key_file],
    ['branding.logo', branding.logo],
  ];
  const taken = new Map<string, string>();
  if (store.engine === 'sqlite')
    for (const end of BESIDE) taken.set(store.path + end, 'store.path');
  for (const [at, file] of files) {
    if (file === undefined) continue;
    const other = taken.get(file);
    if (other !== undefined) {
      const message = `It is ${file}, which is for ${other}${other === 'store.path' ? ' and what SQLite keeps beside it' : ''}. Each needs a file of its own.`;
      return { at, with: [other], message };
    }
    taken.set(file, at);
  }
  return undefined;
};

/** A proxy that is everybody makes the header of everybody believed. */
const everybodyIsProxy: Rule = ({ proxies }) => {
  const wide = proxies.find((block) => /\/0+$/u.test(block));
  if (wide === undefined) return undefined;
  return {
    at: 'proxies',
    with: [],
    message: `It has ${wide}, which is every address: whoever sends a request would say where it comes from, and no limit by address would hold. Name the addresses of your proxies.`,
  };
};

const RULES: readonly Rule[] = [
  ...lifetimes,
  passwordLengths,
  metricsPort,
  hashMemory,
  doveadm,
  sameFile,
  everybodyIsProxy,
];
