import test from 'ava';
import { type CapacityReport, capacityTables } from './capacity.ts';
import { figuresOf } from './report.ts';
import { run } from './run.fixture.ts';

/** Each item of d and of c uses 100 µs of the database and of accounts, 500 bytes of redo log and 100 bytes of events. */
function report(changes: Partial<CapacityReport> = {}): CapacityReport {
  const cases = (['c', 'd', 'f'] as const).map((name) =>
    run({ name, done: 1_000, natsCpuSeconds: 0.01, redoBytes: 500_000, streamBytes: 100_000 }),
  );
  return {
    at: '2026-11-29T12:00:00Z',
    server: { version: 'MariaDB 10.11', settings: {} },
    commitMs: 0.5,
    results: [{ stored: 10_000, replicas: 1, bytesPerOperation: 1_000, figures: figuresOf(cases) }],
    ...changes,
  };
}

const rowOf = (tables: string, first: string) =>
  tables
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .find((cells) => cells[1] === first)
    ?.slice(2, -1);

test('an operation uses what its request and its approval use', (t) => {
  const tables = capacityTables([report()]);
  t.deepEqual(rowOf(tables, 'requested and approved (d + c)'), [
    '200',
    '3 500',
    '200',
    '3 500',
    '20',
    '1 000',
    '200',
  ]);
});

test('a database with twice the cores carries twice the operations, if the other processes have theirs', (t) => {
  const tables = capacityTables([report()]);
  t.deepEqual(rowOf(tables, '2'), ['7 000', '7 000', '2', '2', '0.2', '7', '1.4']);
  t.deepEqual(rowOf(tables, '4'), ['14 000', '14 000', '4', '4', '0.4', '14', '2.8']);
});

test('a year of ten operations a second has 315 million of them', (t) => {
  t.deepEqual(rowOf(capacityTables([report()]), '10'), ['315 360 000', '315', '5']);
});

test('of several banks the largest counts, and only with one process of accounts', (t) => {
  const [small] = report().results;
  if (small === undefined) return t.fail();
  const results = [
    small,
    { ...small, stored: 1_000_000, bytesPerOperation: 2_000 },
    { ...small, replicas: 2 },
  ];
  t.regex(capacityTables([report({ results })]), /1 000 000 operations stored/);
  t.deepEqual(rowOf(capacityTables([report({ results })]), '1'), ['31 536 000', '63', '1']);
});

test('a report without a case that is needed is refused', (t) => {
  const [result] = report().results;
  if (result === undefined) return t.fail();
  const results = [{ ...result, figures: result.figures.filter(({ name }) => name !== 'f') }];
  t.throws(() => capacityTables([report({ results })]), { message: 'the report lacks case f' });
});
