import { type Checkpoint, parseCheckpoint } from '@guichet/log-checkpoints';

export interface KeptCheckpoints {
  readonly checkpoints: readonly Checkpoint[];
  /** Lines that are not checkpoints, such as one that a crash cut off. */
  readonly unread: number;
}

/** Characters. The largest page of the API has a tenth of it, and so does the longest log line. */
const PART_MAX = 2 ** 20;
/** Begins what is left of a longer line: it's no JSON, whatever follows. */
const TOO_LONG = '\0';

/**
 * Reads checkpoints as they are kept: a page of the API, the file of LOG_CHECKPOINT_DIR, or log lines of the process. Their signatures are not checked. Log lines may be
 * any number: only the checkpoints in them are held.
 */
export async function readCheckpoints(chunks: AsyncIterable<string>): Promise<KeptCheckpoints> {
  const checkpoints: Checkpoint[] = [];
  let unread = 0;
  const take = (line: string): void => {
    if (line.trim() === '') return;
    const checkpoint = checkpointIn(line);
    if (checkpoint === null) unread += 1;
    else checkpoints.push(checkpoint);
  };
  let rest = '';
  let mayBePage = true;
  for await (const chunk of chunks) {
    rest += chunk;
    mayBePage &&= rest.length <= PART_MAX;
    if (mayBePage) continue;
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
    if (rest.length > PART_MAX) rest = TOO_LONG;
  }
  const page = mayBePage ? (parseOrNull(rest) as { items?: unknown } | null) : null;
  if (Array.isArray(page?.items)) return { checkpoints: page.items.map(parseCheckpoint), unread: 0 };
  for (const line of rest.split('\n')) take(line);
  return { checkpoints, unread };
}

function checkpointIn(line: string): Checkpoint | null {
  const value = parseOrNull(line) as { checkpoint?: unknown } | null;
  try {
    return parseCheckpoint(value?.checkpoint ?? value);
  } catch {
    return null;
  }
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
