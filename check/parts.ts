/** The parts of a check, one after the other: a line each with its time, then what it found. */

export interface Part {
  name: string;
  /** What is wrong, a line each; nothing when all is well. */
  check(): Promise<string[]>;
}

/**
 * Runs every part, whatever the ones before found, and answers whether all is well. `now`:
 * milliseconds, of any clock.
 */
export async function runParts(
  parts: readonly Part[],
  write: (text: string) => void,
  now: () => number,
): Promise<boolean> {
  let sound = true;
  for (const { name, check } of parts) {
    const start = now();
    const failures = await check().catch((error: unknown) => [`did not run: ${messageOf(error)}`]);
    const seconds = ((now() - start) / 1000).toFixed(1).padStart(5);
    write(`${failures.length === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(12)} ${seconds} s\n`);
    write(failures.map((line) => `     ${line}\n`).join(''));
    sound &&= failures.length === 0;
  }
  return sound;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
