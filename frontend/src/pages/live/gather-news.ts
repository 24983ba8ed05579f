import type { News } from './member-news.ts';

/** A busy bank has hundreds of entries a second; its staff are notified this often. */
const NOTIFY_EVERY_MS = 2_000;

export interface GatheredNews {
  /** The last entry that it sums up. */
  id: string;
  news: News[];
  /** What waits for the user now; null if that is unknown, or if nothing is counted. */
  waiting: number | null;
}

/** What a role is notified of. Entries are searched as text: the stream of staff has all of the bank's. */
export interface Summary {
  /** Takes an entry in. False if it is nothing to this role. */
  note(entry: string): boolean;
  /** The news since the last call. */
  takeNews(): News[];
  /** Counts what waits for the user; null for a role for which nothing is counted. */
  countWaiting: (() => Promise<number | null>) | null;
}

/** Calls `notify` with what was summed up, at most every two seconds, however many entries came. */
export function gatherNews(summary: Summary, notify: (news: GatheredNews) => void) {
  let lastId = '';
  let timer: NodeJS.Timeout | undefined;
  let isNotifying = false;

  async function notifyNow(): Promise<void> {
    const news = summary.takeNews();
    const id = lastId;
    timer = undefined;
    isNotifying = true;
    // This call is not awaited, so a rejection would end the process.
    const waiting = (await summary.countWaiting?.().catch(() => null)) ?? null;
    notify({ id, news, waiting });
    isNotifying = false;
  }

  return {
    take(id: string, entry: string): void {
      lastId = id;
      if (summary.note(entry)) timer ??= setTimeout(() => void notifyNow(), NOTIFY_EVERY_MS).unref();
    },
    /** Whether there is news that the user has not been notified of. */
    isWaiting: () => timer !== undefined || isNotifying,
    stop(): void {
      clearTimeout(timer);
    },
  };
}
