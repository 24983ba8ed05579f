import type { Database } from '@guichet/database';
import type { LogFilter } from '../entries/filter.ts';
import { presentEntry } from '../entries/present-entry.ts';
import { readEntries } from '../entries/read-entries.ts';
import { openEntries } from '../personal/open-entries.ts';
import type { LogFeed } from './log-feed.ts';

export interface Following {
  db: Database;
  feed: LogFeed;
  filter: LogFilter;
  /** The last sequence that the client received. */
  after: bigint;
  /** Whether the client may still read; checked at least every second. */
  stillAllowed: () => Promise<boolean>;
  /** Aborted when the client disconnects or the stream must end. */
  ended: AbortSignal;
  heartbeatMs?: number;
}

const PAGE = 200;
const CHECK_MS = 1_000;

/**
 * The log as Server-Sent Events, while the client may read it: `id` is the sequence, `data` the entry; a comment line keeps
 * the connection open while there are no entries. A client that reconnects with `Last-Event-ID` misses no entry.
 */
export async function* followEntries(following: Following): AsyncGenerator<string> {
  const { db, feed, filter, stillAllowed, ended, heartbeatMs = 15_000 } = following;
  let { after } = following;
  let sentAt = performance.now();
  // With its place from the start, a reader that is cut off before the first entry loses nothing either.
  yield `retry: 2000\nid: ${after}\n\n`;
  while (!ended.aborted && (await stillAllowed())) {
    const head = feed.head;
    const entries =
      head > after
        ? await readEntries(db, filter, { order: 'oldest first', after, before: head + 1n, limit: PAGE })
        : [];
    for (const entry of await openEntries(db, entries)) {
      yield `id: ${entry.sequence}\ndata: ${JSON.stringify(presentEntry(entry, filter.visibleTo))}\n\n`;
      sentAt = performance.now();
    }
    if (entries.length === PAGE) {
      after = entries.at(-1)?.sequence ?? after;
      continue;
    }
    if (head > after) after = head;
    if (performance.now() - sentAt >= heartbeatMs) {
      yield `: nothing new\nid: ${after}\n\n`;
      sentAt = performance.now();
    }
    await feed.waitBeyond(after, Math.min(CHECK_MS, heartbeatMs), ended);
  }
}
