import { type Checkpoint, parseCheckpoint } from '@guichet/log-checkpoints';

export interface KeptCheckpoints {
  readonly checkpoints: readonly Checkpoint[];
  /** Lines that are not checkpoints, such as one that a crash cut off. */
  readonly unread: number;
}

/** Reads checkpoints as they are kept: a page of the API, the file of LOG_CHECKPOINT_DIR, or log lines of the process. Their signatures are not checked. */
export function parseCheckpoints(text: string): KeptCheckpoints {
  const page = parseOrNull(text) as { items?: unknown } | null;
  if (Array.isArray(page?.items)) return { checkpoints: page.items.map(parseCheckpoint), unread: 0 };
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const checkpoints = lines.flatMap((line) => {
    const value = parseOrNull(line) as { checkpoint?: unknown } | null;
    try {
      return [parseCheckpoint(value?.checkpoint ?? value)];
    } catch {
      return [];
    }
  });
  return { checkpoints, unread: lines.length - checkpoints.length };
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
