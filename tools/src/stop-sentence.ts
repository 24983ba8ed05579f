/** Something the person at the keyboard has to put right: its message is one clear sentence, shown without a stack. */
export class StopSentence extends Error {
  override name = 'StopSentence';
}

/** Turns what the system says into a sentence where it is something a person can put right, else returns it as it is. */
export function inASentence(error: unknown): unknown {
  if (error instanceof StopSentence || !(error instanceof Error)) return error;
  const { code, path } = error as NodeJS.ErrnoException;
  const where = path === undefined ? '' : ` (${path})`;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new StopSentence(`The disk is full${where}: free some space, then start again.`, { cause: error });
  }
  if (code === 'EROFS' || code === 'EACCES') {
    return new StopSentence(`Guichet may not write its files${where}: see who owns the folder.`, {
      cause: error,
    });
  }
  return error;
}

/** Runs a command's body; a sentence goes to stderr with exit code 1, anything else with its stack. */
export async function speakPlainly(body: () => Promise<number>): Promise<never> {
  try {
    process.exit(await body());
  } catch (thrown) {
    const error = inASentence(thrown);
    process.stderr.write(`${error instanceof StopSentence ? error.message : describe(error)}\n`);
    process.exit(1);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
