import { withQuery } from '../../clients/call.ts';
import type { LogStats } from '../../clients/logging.ts';

type Filters = Record<string, string>;

/** Counts as the charts draw them and the tables tell them; each leads to the entries it counts. */
export interface Chart {
  series: SeriesRow[];
  byAction: CountRow[];
  byService: CountRow[];
}

export interface SeriesRow {
  start: string;
  info: number;
  warning: number;
  error: number;
  total: number;
  href: string;
}

export interface CountRow {
  name: string;
  count: number;
  href: string;
}

const BUCKET_MS = { day: 24 * 3600 * 1000, hour: 3600 * 1000 } as const;
const ACTIONS_SHOWN = 14;

/** Turns counts into rows with addresses. Buckets in which nothing happened are drawn too: a gap tells something. */
export function chartOf(stats: LogStats, filters: Filters, bucket: 'day' | 'hour'): Chart {
  const rows = stats.series.map((point) => ({
    ...point,
    total: point.info + point.warning + point.error,
    href: withQuery('/logs', { ...filters, ...periodOf(point.start, bucket) }),
  }));
  return {
    series: fillGaps(rows, filters, bucket),
    byAction: countsOf(stats.by_action, (name) =>
      withQuery('/logs', { ...filters, type_action: name }),
    ).slice(0, ACTIONS_SHOWN),
    byService: countsOf(stats.by_service, (name) => withQuery('/logs', { ...filters, service: name })),
  };
}

/** The period of the last `days` days, as bare dates. */
export function lastDays(days: number, now = new Date()): { from: string } {
  return { from: new Date(now.getTime() - (days - 1) * BUCKET_MS.day).toISOString().slice(0, 10) };
}

function periodOf(start: string, bucket: 'day' | 'hour'): { from: string; to: string } {
  const from = new Date(start);
  return { from: from.toISOString(), to: new Date(from.getTime() + BUCKET_MS[bucket]).toISOString() };
}

function fillGaps(rows: SeriesRow[], filters: Filters, bucket: 'day' | 'hour'): SeriesRow[] {
  const first = rows[0];
  const last = rows.at(-1);
  if (first === undefined || last === undefined) return [];
  const known = new Map(rows.map((row) => [Date.parse(row.start), row]));
  const step = BUCKET_MS[bucket];
  const filled: SeriesRow[] = [];
  const starts = [...known.keys()].sort((a, b) => a - b);
  for (const [index, start] of starts.entries()) {
    filled.push(known.get(start) as SeriesRow);
    const next = starts[index + 1];
    // A day of a clock change is an hour shorter or longer; rounding keeps such a day from looking like a gap.
    const skipped = next === undefined ? 0 : Math.round((next - start) / step) - 1;
    for (let gap = 1; gap <= Math.min(skipped, 400); gap += 1) {
      const empty = new Date(start + gap * step).toISOString();
      const href = withQuery('/logs', { ...filters, ...periodOf(empty, bucket) });
      filled.push({ start: empty, info: 0, warning: 0, error: 0, total: 0, href });
    }
  }
  return filled;
}

function countsOf(counts: Record<string, number>, hrefOf: (name: string) => string): CountRow[] {
  return Object.entries(counts)
    .map(([name, count]) => ({ name, count, href: hrefOf(name) }))
    .sort((a, b) => b.count - a.count);
}
