/** What is wrong with a configuration: all of it at once, for the operator. */
import { inspect } from 'node:util';

export interface Fault {
  /** The key's path, the variable's name, or the file: whatever has to be corrected. */
  path: string;
  /** What is wrong, as the end of a sentence about it. Never shows a secret. */
  message: string;
  /** What is allowed instead, in words. */
  allowed?: string;
  /** Where it was given: `config.yaml:4` or a variable's name. */
  from?: string;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    const count = faults.length === 1 ? 'one fault' : `${faults.length} faults`;
    const head = `The configuration has ${count}. Nothing has been started.`;
    super([head, ...faults.map(printFault)].join('\n\n'));
    this.faults = faults;
  }
}

function printFault({ path, message, allowed, from }: Fault): string {
  const head = from === undefined || from === path ? path : `${path} (${from})`;
  return `  ${head}\n    ${message}${allowed === undefined ? '' : `\n    Allowed: ${allowed}.`}`;
}

/** As it is shown in a message: one line, bounded. */
export function shown(value: unknown): string {
  const text = inspect(value, { depth: 2, breakLength: Infinity });
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
