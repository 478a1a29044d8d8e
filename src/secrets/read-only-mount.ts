/** Is an open file on a mount that nobody writes through? Container platforms mount secrets so. Linux alone can tell. */
import { readFileSync } from 'node:fs';

/** `false` where it cannot be told. */
export function isOnReadOnlyMount(fd: number): boolean {
  try {
    // proc_pid_fdinfo(5), proc_pid_mountinfo(5)
    const id = /^mnt_id:\s*(\d+)$/mu.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
    return id !== undefined && isReadOnly(readFileSync('/proc/self/mountinfo', 'utf8'), id);
  } catch {
    return false;
  }
}

/** `mountinfo`: a line for each mount, `ID PARENT MAJOR:MINOR ROOT POINT OPTIONS … - TYPE SOURCE OPTIONS`. */
export function isReadOnly(mountinfo: string, id: string): boolean {
  const line = mountinfo.split('\n').find((one) => one.startsWith(`${id} `));
  if (line === undefined) return false;
  const [mount = '', fileSystem = ''] = line.split(' - ');
  const options = [mount.split(' ')[5], fileSystem.split(' ')[2]];
  return options.some((list) => list?.split(',').includes('ro') === true);
}
