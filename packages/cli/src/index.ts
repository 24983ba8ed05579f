/** Something the user can fix: its message is one clear sentence, shown without a stack. */
export class UserError extends Error {
  override name = 'UserError';
}

/** Turns a full disk or a missing permission into a UserError; returns any other error unchanged. */
export function toUserError(error: unknown): unknown {
  if (error instanceof UserError || !(error instanceof Error)) return error;
  const { code, path } = error as NodeJS.ErrnoException;
  const where = path === undefined ? '' : ` (${path})`;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new UserError(`The disk is full${where}. Free some space and try again.`, { cause: error });
  }
  if (code === 'EROFS' || code === 'EACCES') {
    return new UserError(`Guichet cannot write its files${where}. Check who owns the folder.`, {
      cause: error,
    });
  }
  return error;
}

/** Runs a command and exits with the code it returns. A UserError is printed as its message alone, any other error with its stack; both exit with 1. */
export async function runCli(body: () => Promise<number>): Promise<never> {
  try {
    process.exit(await body());
  } catch (thrown) {
    const error = toUserError(thrown);
    process.stderr.write(`${error instanceof UserError ? error.message : describe(error)}\n`);
    process.exit(1);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
