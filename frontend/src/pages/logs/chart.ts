import type { Calendar } from '@guichet/calendar';
import { LOG_LEVELS } from '@guichet/contract';
import type { LogStats } from '@guichet/contract/logging';

/** The address of the entries that the charts count, with these filters in addition. */
type EntriesHref = (
  more: Partial<Record<'from' | 'to' | 'level' | 'type_action' | 'service', string>>,
) => string;

/** Counts for the charts and their tables; each links to the entries it counts. */
export interface Chart {
  levels: CountRow[];
  series: SeriesRow[];
  byAction: CountRow[];
  byService: CountRow[];
}

interface SeriesRow {
  start: string;
  info: number;
  warning: number;
  error: number;
  total: number;
  href: string;
}

interface CountRow {
  name: string;
  count: number;
  href: string;
}

export type Bucket = 'day' | 'hour';

const HOUR_MS = 3600 * 1000;
/** A longer gap is not drawn bucket by bucket. */
const GAP_BUCKETS_MAX = 400;

/** Turns counts into rows with links. Empty buckets are drawn too because a gap is information. */
export function chartOf(stats: LogStats, hrefWith: EntriesHref, bucket: Bucket, calendar: Calendar): Chart {
  const endOf = (start: number): number =>
    bucket === 'day' ? calendar.dayOf(new Date(start)).to.getTime() : start + HOUR_MS;
  const rowAt = (startMs: number, counts = { info: 0, warning: 0, error: 0 }): SeriesRow => {
    const start = new Date(startMs).toISOString();
    const to = new Date(endOf(startMs)).toISOString();
    const { info, warning, error } = counts;
    return {
      start,
      info,
      warning,
      error,
      total: info + warning + error,
      href: hrefWith({ from: start, to }),
    };
  };

  const points = stats.series
    .map((point) => ({ startMs: Date.parse(point.start), point }))
    .sort((a, b) => a.startMs - b.startMs);
  const series: SeriesRow[] = [];
  for (const [index, { startMs, point }] of points.entries()) {
    series.push(rowAt(startMs, point));
    const nextMs = points[index + 1]?.startMs ?? 0;
    let gapMs = endOf(startMs);
    for (let drawn = 0; gapMs < nextMs && drawn < GAP_BUCKETS_MAX; drawn += 1) {
      series.push(rowAt(gapMs));
      gapMs = endOf(gapMs);
    }
  }
  return {
    series,
    levels: LOG_LEVELS.map((name) => ({
      name,
      count: stats.by_level[name],
      href: hrefWith({ level: name }),
    })),
    byAction: countsOf(stats.by_action, (name) => hrefWith({ type_action: name })),
    byService: countsOf(stats.by_service, (name) => hrefWith({ service: name })),
  };
}

/** The last `days` days in the bank's time zone, as a bare date. */
export function lastDays(days: number, calendar: Calendar, now = new Date()): { from: string } {
  let day = calendar.dayOf(now);
  for (let back = 1; back < days; back += 1) day = calendar.dayOf(new Date(day.from.getTime() - 1));
  return { from: calendar.dateOf(day.from) };
}

function countsOf(counts: Record<string, number>, hrefOf: (name: string) => string): CountRow[] {
  return Object.entries(counts)
    .map(([name, count]) => ({ name, count, href: hrefOf(name) }))
    .sort((a, b) => b.count - a.count);
}
