import test from 'ava';
import { type PageRun, pageFiguresOf } from './pages.ts';

const run = (page: PageRun['page'], round: number, done: number, frontend: number): PageRun => ({
  page,
  round,
  done,
  seconds: 2,
  latenciesMs: [10, 20, 30],
  cpuSeconds: { frontend, auth: 0, accounts: 0.5, logging: 0, database: 0.25 },
});

test('a page is reported by what a second of the frontend’s CPU time answers, whatever else used the machine', (t) => {
  const [, dashboard] = pageFiguresOf([
    run('asset', 1, 10_000, 1),
    run('dashboard', 1, 400, 1),
    run('asset', 2, 5_000, 1),
    run('dashboard', 2, 100, 0.5),
  ]);
  t.deepEqual(dashboard, {
    page: 'dashboard',
    perSecond: 125,
    p99Ms: 30,
    perCpuSecond: { all: 333, least: 200, most: 400 },
    toReference: 25,
    cpuMicros: { frontend: 3_000, auth: 0, accounts: 2_000, logging: 0, database: 1_000 },
  });
});

test('without the reference, a page is compared with nothing', (t) => {
  const [inbox] = pageFiguresOf([run('inbox', 1, 100, 1)]);
  t.is(inbox?.toReference, null);
});
