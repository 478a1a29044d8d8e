/**
 * No import cycles anywhere, types included: files that know each other by their types can't be
 * understood one without the other either. Every file in a cycle is told of, in the shortest cycle
 * that it is in.
 */
import type { Project } from '../project.ts';
import type { Failure } from '../failure.ts';

type Graph = ReadonlyMap<string, readonly string[]>;

export function noCycles({ files }: Project): Failure[] {
  const graph = new Map(
    [...files.values()].map(({ path, imports }) => [
      path,
      imports.flatMap(({ target }) => (target !== undefined && files.has(target) ? [target] : [])),
    ]),
  );
  const told = new Set<string>();
  const failures: Failure[] = [];
  for (const path of [...graph.keys()].toSorted()) {
    if (told.has(path)) continue;
    const cycle = shortestCycle(graph, path);
    if (!cycle) continue;
    for (const member of cycle) told.add(member);
    failures.push({ path, message: `import cycle: ${[...cycle, path].join(' → ')}` });
  }
  return failures;
}

/** The shortest way from a file back to itself, breadth first. */
function shortestCycle(graph: Graph, start: string): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const path of queue) {
    for (const next of graph.get(path) ?? []) {
      if (next === start) return wayTo(path, cameFrom);
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, path);
      queue.push(next);
    }
  }
  return undefined;
}

function wayTo(end: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const way = [end];
  for (let at = cameFrom.get(end); at !== undefined; at = cameFrom.get(at)) way.unshift(at);
  return way;
}
