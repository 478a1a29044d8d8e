/** Whether this machine can listen where it is told to: asked before anything is opened or written. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { ConfigError, type Fault } from '../config/faults.ts';
import type { Config } from '../config/schema.ts';

/** Throws a ConfigError. That a port is in use is not looked at: its listener says it. */
export async function requireHosts({ listen, metrics }: Config): Promise<void> {
  const places = [{ section: 'listen', ...listen }];
  if (metrics.enabled) places.push({ section: 'metrics', ...metrics, drain_ms: 0 });
  const faults = await Promise.all(places.map(faultOf));
  const found = faults.filter((fault) => fault !== undefined);
  if (found.length > 0) throw new ConfigError(found);
}

interface Place {
  section: string;
  host: string;
  port: number;
}

async function faultOf({ section, host, port }: Place): Promise<Fault | undefined> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
  } catch (error) {
    return told(section, { host, port }, (error as NodeJS.ErrnoException).code ?? String(error));
  } finally {
    server.close();
  }
  return undefined;
}

function told(section: string, { host, port }: Omit<Place, 'section'>, code: string) {
  const path = `${section}.host`;
  switch (code) {
    case 'EADDRINUSE':
      return undefined;
    case 'EACCES': {
      const message = `It is ${port}, and this user may not listen there. Take one above 1023, or let the system allow it (of systemd: AmbientCapabilities=CAP_NET_BIND_SERVICE).`;
      return { path: `${section}.port`, message };
    }
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return { path, message: `It is ${host}, and no address of that name is known. ${choice()}` };
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'EINVAL':
      return { path, message: `It is ${host}, which is no address of this machine. ${choice()}` };
    default:
      return { path, message: `It is ${host}, where this machine cannot listen (${code}).` };
  }
}

/** The addresses that there are. */
function choice(): string {
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const addresses = own.map(({ address }) => address).filter((one) => !one.startsWith('fe80'));
  return `It has ${addresses.join(', ')}; 0.0.0.0 or :: is all of them.`;
}
