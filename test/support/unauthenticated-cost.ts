/**
 * Prints what requests of somebody who is not signed in leave in the store, route by route, as a table
 * of Markdown (docs/unauthenticated-cost.md): `node test/support/unauthenticated-cost.ts
 * [requests] [routes]`, 10,000 to each unless told, all from one address; `routes`: a pattern of names.
 */
import { costOf, startNobody, unauthenticatedRoutes } from './unauthenticated.ts';

const requests = Number(process.argv[2] ?? 10_000);
const wanted = new RegExp(process.argv[3] ?? '', 'u');

const row = (...cells: string[]): void => void process.stdout.write(`| ${cells.join(' | ')} |\n`);

const nobody = await startNobody({ LATCHKEY_LOG_LEVEL: 'fatal' });
try {
  row('route', 'rows', 'bytes', 'of which');
  row('---', '---:', '---:', '---');
  const nothing: string[] = [];
  const routes = unauthenticatedRoutes(nobody).filter(({ name }) => wanted.test(name));
  for (const route of routes) {
    const left = [...(await costOf(nobody, route, requests))];
    const sum = (of: 'rows' | 'bytes'): string =>
      left.reduce((total, [, each]) => total + each[of], 0).toLocaleString('en');
    if (left.length === 0) nothing.push(route.name);
    else
      row(
        route.name,
        sum('rows'),
        sum('bytes'),
        left.map(([kind, { rows }]) => `${kind} ${rows}`).join(', '),
      );
  }
  process.stdout.write(`\nNothing is left by: ${nothing.join(', ')}.\n`);
} finally {
  await nobody.server.stop();
}
