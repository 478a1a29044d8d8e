import { spawnSync } from 'node:child_process';
import type { Child } from './child.ts';

/** The processes that this one has started and that live. */
export function workersOf({ pid }: Pick<Child, 'pid'>): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' });
  return stdout.split('\n').flatMap((line) => {
    const [id = '', parent, state = ''] = line.trim().split(/\s+/u);
    return parent === String(pid) && !state.startsWith('Z') ? [Number(id)] : [];
  });
}
