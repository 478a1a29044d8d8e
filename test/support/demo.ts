/** `npm run demo` as a person starts it, in a process of its own whose clock the test moves. */
import { fileURLToPath } from 'node:url';
import { generateSync } from 'otplib';
import type { DemoClient, DemoPerson } from '../../demo/seed.ts';
import { startChild, type Child } from './child.ts';
import { freePort } from './free-port.ts';

const MAIN = fileURLToPath(new URL('../../demo/main.ts', import.meta.url));

export interface Demo {
  issuer: string;
  webmail: string;
  mailbox: string;
  people: DemoPerson[];
  clients: DemoClient[];
  /** The file of its configuration. */
  config: string;
  child: Child;
  person(username: string): DemoPerson;
  /** Moves every clock of the demonstration to the next step of authenticator codes. */
  nextCode(): Promise<void>;
  /** What an authenticator app with this secret shows now. */
  code(secret: string): string;
  stop(): Promise<number>;
}

export async function startDemo(args: string[] = []): Promise<Demo> {
  const base = await freePort(3);
  const child = await startChild([MAIN, '--json', '--port-base', String(base), ...args], {
    ready: (line) => line.startsWith('{'),
  });
  const printed = JSON.parse(child.lines[0] ?? '{}') as Pick<
    Demo,
    'issuer' | 'webmail' | 'mailbox' | 'people' | 'clients' | 'config'
  >;
  let ahead = 0;
  return {
    ...printed,
    child,
    person(username) {
      const found = printed.people.find((person) => person.username === username);
      if (!found) throw new Error(`The demonstration has no ${username}.`);
      return found;
    },
    async nextCode() {
      ahead += 30_000;
      await child.shiftClock(ahead);
    },
    code: (secret) => generateSync({ secret, epoch: Math.floor((Date.now() + ahead) / 1000) }),
    stop: () => child.stop(),
  };
}
