import { setTimeout as sleep } from 'node:timers/promises';
import { SERVICES, type ServiceName } from '@guichet/contract';
import type { BenchBank } from './bench-bank.ts';
import { percentile } from './closed-loop.ts';
import type { Visitor, Visitors } from './page-visitors.ts';
import { pageRequest } from './pages.ts';
import { cpuSecondsOf, memoryMibOf } from './resources.ts';
import { jobOf, makeLoad, startGenerator, usersOf } from './run.ts';
import type { BenchAccount } from './seed.ts';
import { printedTable, rounded } from './table.ts';

/** The processes of a bank that its operator gives room to. */
const SIZED = [...SERVICES, 'database', 'nats'] as const satisfies readonly (
  | ServiceName
  | 'database'
  | 'nats'
)[];
type Sized = (typeof SIZED)[number];

/** Pages that are opened for each operation: by its customer, and by the agent who decides it. */
const PAGES_EACH = 4;
const CONNECTIONS = 16;
const SAMPLE_MS = 1_000;
/** A bank that uses less has handled what happened before. */
const QUIET_MILLICORES = 150;
const QUIET_WITHIN_SECONDS = 600;

/** The use of a process over a run. */
export interface ProcessUse {
  /** Of a core: the mean, and what 95 of 100 seconds stayed below. */
  meanMillicores: number;
  p95Millicores: number;
  /** The most resident memory at the end of any second, in MiB. */
  peakMib: number;
}

export interface SizedLoad {
  /** Operations that were requested and approved in a second; 0 for a bank at rest. */
  perSecond: number;
  /** What was reached. */
  reached: number;
  p99Ms: number;
  failed: number;
  use: Readonly<Record<Sized, ProcessUse>>;
}

/**
 * What each process uses while operations are requested and approved through the frontend at a steady rate, and its customers and agents open four pages for each.
 * Each service is one process, so that the sum over its pods is measured.
 */
export async function measureSizing(
  bench: BenchBank,
  accounts: readonly BenchAccount[],
  visitors: Visitors,
  { rates, seconds }: { rates: readonly number[]; seconds: number },
  report: (load: SizedLoad) => void,
): Promise<SizedLoad[]> {
  const operations = startGenerator(usersOf(bench, accounts));
  const pages = startGenerator();
  const http = { name: 'frontend', ports: [bench.bank.settings.ports.public], tlsFolder: null };
  const loads: SizedLoad[] = [];
  try {
    await untilQuiet(bench);
    for (const perSecond of [0, ...rates]) {
      const sampling = sampleUse(bench, seconds);
      const job = { ...jobOf(bench, accounts, { seconds, connections: CONNECTIONS }), http };
      const requests = pageRequests(visitors);
      const [use, done, opened] = await Promise.all([
        sampling,
        perSecond === 0 ? null : makeLoad(operations, { ...job, name: 'e', spread: 'uniform', perSecond }),
        perSecond === 0
          ? null
          : makeLoad(pages, { ...job, name: 'repeat', requests, perSecond: perSecond * PAGES_EACH }),
      ]);
      const load = {
        perSecond,
        reached: done === null ? 0 : done.done / done.seconds,
        p99Ms: done === null ? 0 : percentile(done.latenciesMs, 0.99),
        failed: (done?.refused ?? 0) + (opened?.refused ?? 0),
        use,
      };
      if (load.failed > 0) throw new Error(`a request failed: ${done?.refusal ?? opened?.refusal}`);
      loads.push(load);
      report(load);
    }
    return loads;
  } finally {
    operations.disconnect();
    pages.disconnect();
  }
}

function pageRequests({ members, agents }: Visitors): string[] {
  const page = (path: string, { cookie }: Visitor) => pageRequest(path, cookie);
  return members.flatMap((member, index) => {
    const agent = agents[index % agents.length] as Visitor;
    return [
      page('/dashboard', member),
      page(`/accounts/${member.accountId}`, member),
      page('/inbox', agent),
      page('/logs', agent),
    ];
  });
}

/** Waits until the mails and the log of the preparation are done. */
async function untilQuiet(bench: BenchBank): Promise<void> {
  for (let waited = 0; waited < QUIET_WITHIN_SECONDS; waited += 5) {
    const use = await sampleUse(bench, 5);
    if (SIZED.reduce((sum, name) => sum + use[name].meanMillicores, 0) < QUIET_MILLICORES) return;
  }
  throw new Error(`the bank still uses more than ${QUIET_MILLICORES} m after ${QUIET_WITHIN_SECONDS} s`);
}

async function sampleUse({ bank }: BenchBank, seconds: number): Promise<Record<Sized, ProcessUse>> {
  const pidOf = (name: Sized) => bank.process(name).pid ?? 0;
  const cores = new Map<Sized, number[]>(SIZED.map((name) => [name, []]));
  const memory = new Map<Sized, number[]>(SIZED.map((name) => [name, []]));
  let last = new Map(SIZED.map((name) => [name, cpuSecondsOf(pidOf(name))]));
  let lastAt = performance.now();
  const endsAt = lastAt + seconds * 1_000;
  while (performance.now() < endsAt) {
    await sleep(SAMPLE_MS);
    const now = performance.now();
    const next = new Map(SIZED.map((name) => [name, cpuSecondsOf(pidOf(name))]));
    for (const name of SIZED) {
      const used = (next.get(name) ?? 0) - (last.get(name) ?? 0);
      cores.get(name)?.push((used / (now - lastAt)) * 1e6);
      memory.get(name)?.push(memoryMibOf(pidOf(name)));
    }
    last = next;
    lastAt = now;
  }
  const useOf = (name: Sized): ProcessUse => {
    const samples = (cores.get(name) ?? []).toSorted((one, other) => one - other);
    return {
      meanMillicores: samples.reduce((sum, one) => sum + one, 0) / Math.max(1, samples.length),
      p95Millicores: percentile(samples, 0.95),
      peakMib: Math.max(0, ...(memory.get(name) ?? [])),
    };
  };
  return Object.fromEntries(SIZED.map((name) => [name, useOf(name)])) as Record<Sized, ProcessUse>;
}

/** The table of docs/operations/sizing.md: a row for each process, and CPU and memory for each load. */
export function sizingTable(loads: readonly SizedLoad[]): string {
  const title = ({ perSecond }: SizedLoad) => (perSecond === 0 ? 'at rest' : `${perSecond} per second`);
  const cpu = ({ meanMillicores, p95Millicores }: ProcessUse) =>
    `${Math.round(meanMillicores)} (${Math.round(p95Millicores)}) m`;
  const rows: (string | number)[][] = SIZED.map((name) => [
    name,
    ...loads.flatMap(({ use }) => [cpu(use[name]), `${use[name].peakMib} MiB`]),
  ]);
  const total = (of: (use: ProcessUse) => number, { use }: SizedLoad) =>
    Math.round(SIZED.reduce((sum, name) => sum + of(use[name]), 0));
  rows.push([
    '**all**',
    ...loads.flatMap((load) => [
      `${total((use) => use.meanMillicores, load)} m`,
      `${total((use) => use.peakMib, load)} MiB`,
    ]),
  ]);
  rows.push([
    'operations reached in a second',
    ...loads.flatMap(({ perSecond, reached }) => [perSecond === 0 ? '' : rounded(reached), '']),
  ]);
  rows.push([
    'request and approval together, p99',
    ...loads.flatMap(({ perSecond, p99Ms }) => [perSecond === 0 ? '' : `${rounded(p99Ms, 0)} ms`, '']),
  ]);
  const header = ['process', ...loads.flatMap((load) => [`${title(load)}: CPU`, 'memory'])];
  return printedTable(header, rows);
}
