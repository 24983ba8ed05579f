import type { LogEntry } from '@guichet/contract/logging';
import type { PageContext } from '../../request-context.ts';
import type { ReadMark } from '../../session/read-marks.ts';
import { arrivalNews } from '../live/agent-news.ts';
import { concernsOperation, memberNews, type News } from '../live/member-news.ts';
import { ACCEPTANCE, acceptedNews, isByStaff, problemNews } from '../live/superuser-news.ts';
import { currentUser } from '../page.ts';
import { loadArrivals } from './load-arrivals.ts';

/** What a user hasn't read yet. */
interface UnreadNews {
  items: DatedNews[];
  /** How many things happened; one item may sum up several. */
  count: number;
  /** The last entry of the log that was looked at; 0 if it wasn't the log. */
  sequence: number;
}

/** `at` is null for what sums up several things. */
interface DatedNews extends News {
  at: string | null;
}

/** As many entries as are looked at; beyond them the bell says 99+ anyway. */
const ENTRIES_MAX = 200;
/** An entry can be stored after later ones; its sequence says whether it was read. */
const STORED_WITHIN_MS = 24 * 3_600_000;

/** What pages with scripts are told while they are open, as far as the user hasn't read it. @throws Problem while a service is down */
export async function loadNews(ctx: PageContext, mark: ReadMark): Promise<UnreadNews> {
  switch (currentUser(ctx).role) {
    case 'member':
      return loadMemberNews(ctx, mark);
    case 'agent': {
      const arrivals = await loadArrivals(ctx, mark);
      const items = arrivalNews(ctx, arrivals).map((news) => ({ ...news, at: null }));
      return { items, count: arrivals.requests + arrivals.registrations, sequence: 0 };
    }
    case 'superuser':
      return loadSuperuserNews(ctx, mark);
  }
}

async function loadMemberNews(ctx: PageContext, mark: ReadMark): Promise<UnreadNews> {
  const entries = await loadEntries(ctx, mark, { topic: 'money' });
  const concerned = entries.filter((entry) => concernsOperation(ctx, entry));
  const ids = [...new Set(concerned.map(({ subject }) => subject.id))];
  const own = ids.length === 0 ? [] : (await ctx.state.api.accounts.operations({ ids: ids.join(',') })).items;
  const operationOf = async (id: string) => own.find((operation) => operation.id === id) ?? null;
  const news = await Promise.all(
    concerned.map(async (entry) => ({ at: entry.time, news: await memberNews(ctx, entry, operationOf) })),
  );
  const items = news.flatMap(({ at, news: one }) => (one === null ? [] : [{ ...one, at }]));
  return { items, count: items.length, sequence: newest(entries, mark) };
}

async function loadSuperuserNews(ctx: PageContext, mark: ReadMark): Promise<UnreadNews> {
  const [confirmed, problems] = await Promise.all([
    loadEntries(ctx, mark, { type_action: ACCEPTANCE }),
    loadEntries(ctx, mark, { level: 'ERROR' }),
  ]);
  const accepted = confirmed
    .filter(isByStaff)
    .map((entry) => ({ ...acceptedNews(ctx, entry), at: entry.time }));
  const items = [...problemNews(ctx, problems.length).map((news) => ({ ...news, at: null })), ...accepted];
  const sequence = Math.max(newest(confirmed, mark), newest(problems, mark));
  return { items, count: accepted.length + problems.length, sequence };
}

/** The unread entries of the user's log, newest first. */
async function loadEntries(
  ctx: PageContext,
  { atMs, sequence }: ReadMark,
  filter: Record<string, string>,
): Promise<LogEntry[]> {
  const from = new Date(sequence === 0 ? atMs : atMs - STORED_WITHIN_MS).toISOString();
  const { items } = await ctx.state.api.logging.entries({ ...filter, from, limit: ENTRIES_MAX });
  return items.filter((entry) => entry.sequence > sequence);
}

const newest = (entries: readonly LogEntry[], mark: ReadMark): number =>
  entries[0]?.sequence ?? mark.sequence;
