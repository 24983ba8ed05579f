/** A command that doesn't exist, or with the wrong arguments. */
export class UsageError extends Error {
  override name = 'UsageError';
}
