/** What a check finds wrong, and where. */
export interface Failure {
  /** Relative to the repository, with slashes. */
  path: string;
  line?: number;
  message: string;
}

export function printFailure({ path, line, message }: Failure): string {
  return `${path}${line === undefined ? '' : `:${line}`}  ${message}`;
}
