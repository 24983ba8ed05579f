import test from 'ava';
import { type ProcessUse, type SizedLoad, sizingTable } from './sizing.ts';

const use = (meanMillicores: number, p95Millicores: number, peakMib: number): ProcessUse => ({
  meanMillicores,
  p95Millicores,
  peakMib,
});
const loadOf = (perSecond: number, one: ProcessUse): SizedLoad => ({
  perSecond,
  reached: perSecond,
  p99Ms: 12.4,
  failed: 0,
  use: {
    auth: one,
    accounts: one,
    logging: one,
    mailer: one,
    frontend: one,
    database: use(500, 900, 300),
    nats: one,
  },
});

test('the table has a row for each process, the use under each load, and the sum', (t) => {
  const lines = sizingTable([loadOf(0, use(1, 2, 90)), loadOf(20, use(40.4, 80.6, 100))]).split('\n');
  const cells = (start: string) =>
    lines
      .find((line) => line.startsWith(`| ${start} `))
      ?.split('|')
      .slice(2, -1)
      .map((cell) => cell.trim());
  t.is(lines.length, 2 + 7 + 3);
  t.deepEqual(cells('process'), ['at rest: CPU', 'memory', '20 per second: CPU', 'memory']);
  t.deepEqual(cells('accounts'), ['1 (2) m', '90 MiB', '40 (81) m', '100 MiB']);
  t.deepEqual(cells('database'), ['500 (900) m', '300 MiB', '500 (900) m', '300 MiB']);
  t.deepEqual(cells('**all**'), ['506 m', '840 MiB', '742 m', '900 MiB']);
  t.deepEqual(cells('operations reached in a second'), ['', '', '20', '']);
  t.deepEqual(cells('request and approval together, p99'), ['', '', '12 ms', '']);
});
