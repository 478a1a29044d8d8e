/** The arguments are wrong; the usage is printed with the message. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
