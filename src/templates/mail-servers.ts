/** `mailbox.…` of the configuration, as those who are configured with it write it. */
import type { TemplateValues } from './template.ts';

type Mailbox = TemplateValues['mailbox'];
type Protocol = 'imap' | 'pop3' | 'smtp' | 'sieve';

export interface MailServer {
  host: string;
  port: number;
  /** TLS from the first byte, by STARTTLS, or none, which is for loopback. */
  tls: 'tls' | 'starttls' | 'none';
}

/** IANA's: without and with TLS from the first byte; ManageSieve has STARTTLS alone (RFC 5804 §1.7). */
const PORTS: Readonly<Record<Protocol, readonly [number, number]>> = {
  imap: [143, 993],
  pop3: [110, 995],
  smtp: [587, 465],
  sieve: [4190, 4190],
};

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/u;

export function domainOf({ domain }: Mailbox): string {
  return domain ?? 'example.org';
}

/** Where nothing is configured, a name in the domain stands for it. */
export function serverOf(mailbox: Mailbox, protocol: Protocol): MailServer {
  const fallback = `${protocol === 'sieve' ? 'sieve' : `${protocol}s`}://mail.${domainOf(mailbox)}`;
  const [, scheme = '', host = '', port] =
    /^(\w+):\/\/(\[.*\]|[^:]+)(?::(\d+))?$/u.exec(mailbox[protocol] ?? fallback) ?? [];
  const isTls = scheme.endsWith('s');
  const plain = LOOPBACK.test(host) ? 'none' : 'starttls';
  return {
    host,
    port: port === undefined ? PORTS[protocol][isTls ? 1 : 0] : Number(port),
    tls: isTls ? 'tls' : plain,
  };
}

/** Names of the configuration that something stands for. */
export function notConfigured(mailbox: Mailbox, names: readonly (Protocol | 'domain')[]): string[] {
  return names.filter((name) => mailbox[name] === undefined).map((name) => `mailbox.${name}`);
}
