import type { Peer } from '@guichet/http';
import { median } from './closed-loop.ts';

const WARM_UP = 2;
const REPETITIONS = 40;
/** A page that takes seconds is requested less often. */
const PAGE_BUDGET_MS = 10_000;

/** A page that a user opens. */
export interface Page {
  path: string;
  token: string;
}

/** A page that was requested repeatedly over HTTP, and the times of the replies. */
export interface PageMeasured {
  name: string;
  items: number;
  medianMs: number;
  /** 95 of 100 replies took no longer. */
  p95Ms: number;
  slowestMs: number;
  /** The median of the quotients by the first page of the same turn. */
  toFirst: number;
}

/** Requests the pages in turns, each once per turn, so that other load on the machine slows all of them alike. */
export async function measurePages(
  peer: Peer,
  pages: Readonly<Record<string, Page>>,
  report: (measured: PageMeasured) => void,
): Promise<PageMeasured[]> {
  const measured = Object.entries(pages).map(([name, page]) => ({
    name,
    page,
    items: 0,
    spentMs: 0,
    timesMs: [] as number[],
    quotients: [] as number[],
  }));
  for (let turn = 0; turn < WARM_UP + REPETITIONS; turn += 1) {
    let firstMs: number | null = null;
    for (const one of measured) {
      if (one.spentMs > PAGE_BUDGET_MS) continue;
      const { items, elapsedMs } = await requestPage(peer, one.page);
      firstMs ??= elapsedMs;
      one.items = items;
      if (turn < WARM_UP) continue;
      one.spentMs += elapsedMs;
      one.timesMs.push(elapsedMs);
      one.quotients.push(elapsedMs / firstMs);
    }
  }
  return measured.map(({ name, items, timesMs, quotients }) => {
    const summary = {
      name,
      items,
      medianMs: median(timesMs),
      p95Ms: percentile(timesMs, 0.95),
      slowestMs: Math.max(...timesMs),
      toFirst: median(quotients),
    };
    report(summary);
    return summary;
  });
}

function percentile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

async function requestPage(peer: Peer, { path, token }: Page): Promise<{ items: number; elapsedMs: number }> {
  const began = performance.now();
  const headers = { authorization: `Bearer ${token}` };
  const { status, body } = await peer.request({ method: 'GET', path, headers, timeoutMs: 60_000 });
  const elapsedMs = performance.now() - began;
  if (status !== 200) throw new Error(`${path} answered ${JSON.stringify(body)}`);
  const { items, total } = body as { items?: unknown[]; total?: number };
  return { items: items?.length ?? total ?? 1, elapsedMs };
}
