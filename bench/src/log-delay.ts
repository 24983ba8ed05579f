import { setTimeout as sleep } from 'node:timers/promises';
import { schemaOf } from '@guichet/jobs/servers/schema-statements';
import { eventsOf } from '@guichet/outbox';
import type { Connection } from 'mysql2/promise';
import type { BenchBank } from './bench-bank.ts';
import { median, percentile } from './closed-loop.ts';
import type { Goal } from './goals.ts';
import type { BenchOptions } from './options.ts';
import { jobOf, makeLoad, startGenerator, usersOf } from './run.ts';
import { type BenchAccount, seedWaitingTransfers } from './seed.ts';
import { printedTable, rounded } from './table.ts';
import { readUsage, usedBetween } from './usage.ts';

const TARGET_MS = 250;
/** More decisions in a second than a machine of this kind makes. */
const FIRST_RATE = 9_000;
const AT_REST_PER_SECOND = 5;
const REST_SECONDS = 10;
const LOG = `${schemaOf('logging')}.log_entries`;
const OTHERS = ['logging', 'mailer', 'frontend'] as const;
const STORED_WITHIN_MS = 120_000;

interface Load {
  name: string;
  seconds: number;
  /** How many decisions are started in a second; undefined for as many as the connections can. */
  perSecond?: number;
}

interface Delays {
  load: string;
  decisionsPerSecond: number;
  eventsPerSecond: number;
  p50Ms: number;
  p90Ms: number;
  p99Ms: number;
  maxMs: number;
  /** From the commit until the relay marks the event as published: the rest is the part of logging. */
  publishedP50Ms: number;
  publishedP99Ms: number;
  /** Events without an entry when the load had ended long ago. */
  missing: number;
  bytesPerEvent: number;
  /** What a decision adds to the redo log, with its entries, and to the stream. */
  redoBytes: number;
  streamBytes: number;
  /** How often the two ends are looked at: as much is unknown of each delay. */
  stepMs: number;
}

/**
 * From the commit of a decision to its entry in the audit log, with the whole bank running: at rest, at half of the load that it can take and at all of it. And what
 * logging costs: decisions per second with the service running ÷ without it, alternating.
 */
export async function logDelayGoals(
  bench: BenchBank,
  accounts: readonly BenchAccount[],
  options: BenchOptions,
  say: (text: string) => void,
): Promise<Goal[]> {
  for (const service of OTHERS) await bench.start(service);
  await bench.renewTokens();
  const generator = startGenerator(usersOf(bench, accounts));
  const watches = [await bench.connect(), await bench.connect()] as const;
  let rate = FIRST_RATE;
  const decide = async ({ seconds, perSecond }: Omit<Load, 'name'>) => {
    const count = Math.ceil((perSecond ?? rate) * seconds * 1.1) + options.connections;
    const operationIds = await seedWaitingTransfers(bench.database, accounts, count, 'uniform');
    operationIds.reverse();
    await untilLogged(bench);
    const job = { ...jobOf(bench, accounts, { ...options, seconds }), operationIds, perSecond };
    return () => makeLoad(generator, job);
  };
  const rateOf = async (load: Omit<Load, 'name'>) => {
    const { done, seconds } = await (await decide(load))();
    return done / seconds;
  };
  try {
    await rateOf({ seconds: 2 });
    const ratios: number[] = [];
    for (let round = 0; round < options.rounds; round += 1) {
      const withLog = await rateOf({ seconds: options.seconds });
      rate = Math.max(withLog * 1.3, 500);
      await untilLogged(bench);
      await bench.bank.process('logging').stop();
      ratios.push(withLog / (await rateOf({ seconds: options.seconds })));
      await bench.start('logging');
    }
    const full = rate / 1.3;
    const loads: Load[] = [
      { name: 'at rest', seconds: REST_SECONDS, perSecond: AT_REST_PER_SECOND },
      { name: 'half', seconds: options.seconds * 2, perSecond: full / 2 },
      { name: 'full', seconds: options.seconds * 2 },
    ];
    const measured: Delays[] = [];
    for (const load of loads) measured.push(await measureDelays(bench, watches, load, await decide(load)));
    say(`\n${printedDelays(measured)}`);
    return [
      ...measured.map(
        ({ load, p99Ms }): Goal => ({
          name: `commit → stored in the audit log, ${load}, p99, ms`,
          bound: 'at most',
          target: TARGET_MS,
          reached: p99Ms,
        }),
      ),
      {
        name: 'decisions with the audit log being stored ÷ without',
        bound: 'at least',
        target: 0.6,
        reached: rounded(median(ratios), 2),
      },
    ];
  } finally {
    generator.disconnect();
    for (const connection of watches) await connection.end();
    await Promise.all(OTHERS.map((name) => bench.bank.process(name).stop()));
  }
}

/** Notes when rows of the outbox become visible, which is when their commit has ended, and when the log has grown. */
async function measureDelays(
  bench: BenchBank,
  [outboxWatch, logWatch]: readonly [Connection, Connection],
  load: Load,
  decide: () => Promise<{ done: number; seconds: number }>,
): Promise<Delays> {
  const firstRow = await largest(bench.database, 'outbox');
  const firstEntry = await largest(bench.database, LOG);
  const watching = { ended: false };
  const commits = watchCommits(outboxWatch, firstRow, watching);
  const growth = watchGrowth(logWatch, firstEntry, watching);
  const usedBefore = await readUsage(bench);
  const { done, seconds } = await decide();
  const isStored = await untilLogged(bench).then(
    () => true,
    () => false,
  );
  const { redoBytes, streamBytes } = usedBetween(usedBefore, await readUsage(bench));
  watching.ended = true;
  const [committedAt, heads] = [await commits, await growth];

  const sequenceOf = await entriesAfter(bench.database, firstEntry);
  const delays: number[] = [];
  const published: number[] = [];
  let [missing, bytes, events] = [0, 0, 0];
  for (const { sequence, id, subject, payload, published_at } of await rowsAfter(bench.database, firstRow)) {
    bytes += Buffer.byteLength(payload);
    const at = committedAt.seen.get(sequence);
    if (at !== undefined) published.push(published_at.getTime() - performance.timeOrigin - at);
    for (const event of eventsOf({ id, subject, payload })) {
      events += 1;
      const entry = sequenceOf.get(event.id);
      const storedAt = entry === undefined ? undefined : heads.find(({ head }) => head >= entry)?.at;
      if (storedAt === undefined || at === undefined) missing += 1;
      else delays.push(storedAt - at);
    }
  }
  if (!isStored && missing === 0) throw new Error('logging did not store everything in time');
  const sorted = Float64Array.from(delays).sort();
  const sortedPublished = Float64Array.from(published).sort();
  return {
    load: load.name,
    decisionsPerSecond: Math.round(done / seconds),
    eventsPerSecond: Math.round(events / seconds),
    p50Ms: rounded(percentile(sorted, 0.5)),
    p90Ms: rounded(percentile(sorted, 0.9)),
    p99Ms: rounded(percentile(sorted, 0.99)),
    maxMs: rounded(sorted.at(-1) ?? 0),
    publishedP50Ms: rounded(percentile(sortedPublished, 0.5)),
    publishedP99Ms: rounded(percentile(sortedPublished, 0.99)),
    missing,
    redoBytes: Math.round(redoBytes / Math.max(done, 1)),
    streamBytes: Math.round(streamBytes / Math.max(done, 1)),
    bytesPerEvent: Math.round(bytes / Math.max(events, 1)),
    stepMs: rounded(committedAt.stepMs),
  };
}

/** Rows may become visible in another order than that of their sequences, so those of the last second are read again. */
async function watchCommits(connection: Connection, after: number, watching: { ended: boolean }) {
  const seen = new Map<number, number>();
  const steps: number[] = [];
  let recent: { sequence: number; at: number }[] = [];
  let last = after;
  for (let before = performance.now(); !watching.ended; ) {
    const floor = recent.length === 0 ? last : Math.min(...recent.map(({ sequence }) => sequence)) - 1;
    const [rows] = await connection.query('SELECT sequence FROM outbox WHERE sequence > ?', [floor]);
    const at = performance.now();
    for (const { sequence } of rows as { sequence: number }[]) {
      if (seen.has(sequence)) continue;
      last = Math.max(last, sequence);
      seen.set(sequence, at);
      recent.push({ sequence, at });
    }
    recent = recent.filter((row) => at - row.at < 1_000);
    steps.push(at - before);
    before = at;
    await sleep(1);
  }
  return { seen, stepMs: median(steps) };
}

async function watchGrowth(connection: Connection, after: number, watching: { ended: boolean }) {
  const heads: { head: number; at: number }[] = [];
  let head = after;
  while (!watching.ended) {
    const now = await largest(connection, LOG);
    if (now > head) heads.push({ head: now, at: performance.now() });
    head = now;
    await sleep(1);
  }
  return heads;
}

async function largest(connection: Connection, table: string): Promise<number> {
  const [rows] = await connection.query(`SELECT COALESCE(MAX(sequence), 0) AS n FROM ${table}`);
  return Number((rows as { n: number }[])[0]?.n);
}

async function rowsAfter(connection: Connection, sequence: number) {
  const [rows] = await connection.query(
    'SELECT sequence, id, subject, payload, published_at FROM outbox WHERE sequence > ? AND family = ?',
    [sequence, 'log'],
  );
  return rows as { sequence: number; id: string; subject: string; payload: string; published_at: Date }[];
}

async function entriesAfter(connection: Connection, sequence: number): Promise<Map<string, number>> {
  const [rows] = await connection.query(`SELECT sequence, id FROM ${LOG} WHERE sequence > ?`, [sequence]);
  return new Map((rows as { sequence: number; id: string }[]).map((row) => [row.id, row.sequence]));
}

/** Waits until logging has stored every event of accounts, if it runs. @throws Error if that takes too long */
async function untilLogged({ bank, database }: BenchBank): Promise<void> {
  const until = performance.now() + STORED_WITHIN_MS;
  while (performance.now() < until) {
    const [rows] = await database.query('SELECT COUNT(*) AS n FROM outbox WHERE published_at IS NULL');
    const waiting = Number((rows as { n: number }[])[0]?.n);
    if (waiting === 0 && (bank.process('logging').pid === undefined || (await lag(bank)) === 0)) return;
    await sleep(100);
  }
  throw new Error('logging is still behind');
}

async function lag({ settings }: BenchBank['bank']): Promise<number> {
  const reply = await fetch(`http://127.0.0.1:${settings.ports.logging_admin}/metrics`);
  const found = /guichet_consumer_lag_messages\{stream="LOG".*\} (\d+)/.exec(await reply.text());
  return found === null ? Number.POSITIVE_INFINITY : Number(found[1]);
}

function printedDelays(measured: readonly Delays[]): string {
  const rows = measured.map((one) => [
    one.load,
    one.decisionsPerSecond,
    one.eventsPerSecond,
    one.p50Ms,
    one.p90Ms,
    one.p99Ms,
    one.maxMs,
    `${one.publishedP50Ms} / ${one.publishedP99Ms}`,
    one.missing,
    one.bytesPerEvent,
    one.redoBytes,
    one.streamBytes,
    one.stepMs,
  ]);
  return printedTable(
    [
      'commit → stored',
      'decisions/s',
      'events/s',
      'p50 ms',
      'p90 ms',
      'p99 ms',
      'max ms',
      'in JetStream p50 / p99',
      'missing',
      'bytes/event',
      'redo bytes/decision',
      'stream bytes/decision',
      '± ms',
    ],
    rows,
  );
}
