/** What the work resolves to, or `otherwise` when that takes longer than `patience` milliseconds. Its failure is passed on. */
export async function within<T, U>(
  patience: number,
  work: Promise<T>,
  otherwise: U,
): Promise<T | U> {
  const { promise: late, resolve } = Promise.withResolvers<U>();
  const timer = setTimeout(() => resolve(otherwise), patience);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
