import type { ServiceName } from '@guichet/contract';
import type { BenchBank } from './bench-bank.ts';
import { median, percentile } from './closed-loop.ts';
import { requestText } from './http-connection.ts';
import type { Visitor, Visitors } from './page-visitors.ts';
import { cpuSecondsOf } from './resources.ts';
import { jobOf, makeLoad, type Rounds, startGenerator } from './run.ts';
import { printedTable, rounded } from './table.ts';

/** The processes of which a page takes CPU time. */
const PROCESSES = ['frontend', 'auth', 'accounts', 'logging', 'database'] as const satisfies readonly (
  | ServiceName
  | 'database'
)[];
type ProcessName = (typeof PROCESSES)[number];

/** What is requested, in the order of a round; the connections take the requests of a page in turns, so that several users open it. */
const PAGES = {
  asset: { title: 'a file from memory, without a page', requestsOf: () => [pageRequest('/favicon.ico')] },
  call: {
    title: 'one API request, proxied to accounts',
    requestsOf: ({ members }) => members.map(({ token }) => requestText('GET', '/api/accounts', token)),
  },
  dashboard: { title: 'dashboard', requestsOf: ({ members }) => ofEach(members, () => '/dashboard') },
  account: {
    title: 'account with its history',
    requestsOf: ({ members }) => ofEach(members, ({ accountId }) => `/accounts/${accountId}`),
  },
  inbox: { title: 'inbox of an agent', requestsOf: ({ agents }) => ofEach(agents, () => '/inbox') },
  log: { title: 'log of an agent', requestsOf: ({ agents }) => ofEach(agents, () => '/logs') },
  front: { title: 'home page', requestsOf: ({ members }) => ofEach(members, () => '/') },
  'sign-in': { title: 'sign-in page', requestsOf: () => [pageRequest('/login')] },
} as const satisfies Record<string, { title: string; requestsOf: (visitors: Visitors) => readonly string[] }>;
export type PageName = keyof typeof PAGES;
export const PAGE_NAMES = Object.keys(PAGES) as PageName[];

/** What each page is compared with: a reply of the same server for which nothing is computed. */
const REFERENCE = 'asset' satisfies PageName;

/** A page in one round. */
export interface PageRun {
  page: PageName;
  round: number;
  /** How many were answered. */
  done: number;
  seconds: number;
  latenciesMs: ArrayLike<number>;
  cpuSeconds: Readonly<Record<ProcessName, number>>;
}

/** After so many of each page, the code that makes them is compiled. */
const WARM_UP_PAGES = 500;

/** Requests each page in each round over persistent connections, without pauses, after a warm-up. */
export async function runPages(
  bench: BenchBank,
  visitors: Visitors,
  pages: readonly PageName[],
  { rounds, seconds, connections }: Rounds,
  report: (run: PageRun) => void,
): Promise<PageRun[]> {
  const generator = startGenerator();
  const job = jobOf(bench, [], { seconds, connections });
  const http = { name: 'frontend', ports: [bench.bank.settings.ports.public], tlsFolder: null };
  const load = async (page: PageName) => {
    const requests = PAGES[page].requestsOf(visitors);
    const measured = await makeLoad(generator, { ...job, name: 'repeat', http, requests });
    if (measured.refused > 0) throw new Error(`${page}: ${measured.refusal}`);
    return measured;
  };
  const runs: PageRun[] = [];
  try {
    for (const page of pages) {
      for (let done = 0; done < WARM_UP_PAGES; ) done += (await load(page)).done;
    }
    for (let round = 1; round <= rounds; round += 1) {
      for (const page of pages) {
        const before = cpuSecondsNow(bench);
        const measured = await load(page);
        const after = cpuSecondsNow(bench);
        const cpuSeconds = ofEachProcess((name) => after[name] - before[name]);
        const run = { ...measured, page, round, cpuSeconds };
        runs.push(run);
        report(run);
      }
    }
    return runs;
  } finally {
    generator.disconnect();
  }
}

/** What a page costs, over all rounds. */
export interface PageFigure {
  page: PageName;
  perSecond: number;
  p99Ms: number;
  /** Pages in each second of the frontend's CPU time: over all rounds, in the worst and in the best. */
  perCpuSecond: { all: number; least: number; most: number };
  /** The frontend's CPU time as a multiple of that of the reference in the same round: the median; null if it was not measured. */
  toReference: number | null;
  cpuMicros: Record<ProcessName, number>;
}

export function pageFiguresOf(runs: readonly PageRun[]): PageFigure[] {
  const cost = ({ cpuSeconds, done }: PageRun) => cpuSeconds.frontend / done;
  const references = new Map(
    runs.filter(({ page }) => page === REFERENCE).map((run) => [run.round, cost(run)]),
  );
  return [...Map.groupBy(runs, ({ page }) => page)].map(([page, group]) => {
    const sum = (value: (run: PageRun) => number) => group.reduce((total, run) => total + value(run), 0);
    const done = sum((run) => run.done);
    const latencies = Float64Array.from(group.flatMap((run) => Array.from(run.latenciesMs))).sort();
    const perCpuSeconds = group.map((run) => Math.round(1 / cost(run)));
    const ratios = group.flatMap((run) => {
      const reference = references.get(run.round);
      return reference === undefined ? [] : [cost(run) / reference];
    });
    return {
      page,
      perSecond: Math.round(median(group.map((run) => run.done / run.seconds))),
      p99Ms: rounded(percentile(latencies, 0.99)),
      perCpuSecond: {
        all: Math.round(done / sum((run) => run.cpuSeconds.frontend)),
        least: Math.min(...perCpuSeconds),
        most: Math.max(...perCpuSeconds),
      },
      toReference: ratios.length === 0 ? null : rounded(median(ratios)),
      cpuMicros: ofEachProcess((name) => Math.round((sum((run) => run.cpuSeconds[name]) / done) * 1e6)),
    };
  });
}

export function printedPages(figures: readonly PageFigure[]): string {
  return printedTable(
    [
      'page',
      'per second',
      'p99 ms',
      'per second and core',
      'least–most',
      '÷ file',
      ...PROCESSES.map((name, index) => (index === 0 ? `CPU µs: ${name}` : name)),
    ],
    figures.map(({ page, perSecond, p99Ms, perCpuSecond, toReference, cpuMicros }) => [
      PAGES[page].title,
      perSecond,
      p99Ms,
      perCpuSecond.all,
      `${perCpuSecond.least}–${perCpuSecond.most}`,
      toReference ?? '–',
      ...PROCESSES.map((name) => cpuMicros[name]),
    ]),
  );
}

/** A request as a browser sends it. */
/** The text of a request for a page, as a browser sends it. */
export function pageRequest(path: string, cookie: string | null = null): string {
  const headers = [
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
    'Accept-Encoding: gzip, deflate, br, zstd',
    'Accept-Language: fr-FR,fr;q=0.9,en;q=0.8',
    'Sec-Fetch-Site: same-origin',
    'Sec-Fetch-Mode: navigate',
    'Sec-Fetch-Dest: document',
    ...(cookie === null ? [] : [`Cookie: ${cookie}`]),
  ];
  return requestText('GET', path, null, null, headers.map((header) => `${header}\r\n`).join(''));
}

function ofEach(visitors: readonly Visitor[], pathOf: (visitor: Visitor) => string): string[] {
  return visitors.map((visitor) => pageRequest(pathOf(visitor), visitor.cookie));
}

function cpuSecondsNow({ bank }: BenchBank): Record<ProcessName, number> {
  return ofEachProcess((name) => cpuSecondsOf(bank.process(name).pid ?? 0));
}

function ofEachProcess(value: (name: ProcessName) => number): Record<ProcessName, number> {
  return Object.fromEntries(PROCESSES.map((name) => [name, value(name)])) as Record<ProcessName, number>;
}
